import { createServer as createTcpServer } from 'node:net'
import t, { type Test } from 'tap'
import { ManualTimers, VirtualThermostat } from '../../src/virtual/index.ts'
import { SERIAL, START_MS } from './firmware-harness.ts'
import { ScriptedServer } from './scripted-server.ts'

async function thermostatAndServer(t: Test) {
  const timers = new ManualTimers(START_MS)
  const server = new ScriptedServer(START_MS)
  const origin = await server.listen()
  const thermostat = new VirtualThermostat({ serial: SERIAL, origin, timers })
  t.teardown(async () => {
    thermostat.stop()
    await server.close()
  })
  return { timers, server, thermostat }
}

/** The same, with the subscribe held and the full state put. */
async function settled(t: Test) {
  const all = await thermostatAndServer(t)
  const { thermostat, timers } = all
  thermostat.start()
  await thermostat.whenCode()
  await thermostat.waitFor('a hold', ({ log }) =>
    log.some((entry) => entry.kind === 'answered' && entry.request === 'subscribe'),
  )
  timers.advance(500)
  await thermostat.waitFor('the first put', ({ unsettled }) => !unsettled)
  return all
}

t.test('boots, shows its code and is paired by a push, with no violation', async (t) => {
  const { server, thermostat } = await settled(t)
  t.equal(thermostat.code, 'A3XR7M2')
  t.equal(thermostat.paired, false)
  server.pair('homeassistant')
  t.equal(await thermostat.whenPaired(), 'homeassistant')
  t.match(thermostat.screen, { phase: 'paired', owner: 'homeassistant' })
  t.same([...thermostat.buckets().keys()].slice(3), ['user.homeassistant', 'structure.default'])
  t.same(thermostat.violations, [])
  t.same(server.seen.map(({ method, path }) => `${method} ${path}`).sort(), [
    'GET /nest/passphrase',
    'POST /nest/entry',
    'POST /nest/transport',
    'POST /nest/transport/put',
  ])
  const token = Buffer.from(`d.${SERIAL}.5EED0001:virtual-thermostat`).toString('base64')
  for (const { headers } of server.seen) t.equal(headers.authorization, `Basic ${token}`)
})

t.test('puts a dial turn after the defer window, on the injected clock', async (t) => {
  const { server, thermostat, timers } = await settled(t)
  thermostat.turnDial(20.5)
  timers.advance(14_999)
  t.equal(server.seen.filter(({ path }) => path.endsWith('/put')).length, 1)
  timers.advance(1)
  await thermostat.waitFor('the put', ({ unsettled }) => !unsettled)
  t.match(server.seen.at(-1)?.body, '"target_temperature":20.5')
  t.equal(thermostat.value('shared').target_temperature, 20.5)
})

t.test(
  'subscribes again when the server ends a hold, and after an outage of the server',
  async (t) => {
    const { server, thermostat, timers } = await settled(t)
    timers.advance(10_000)
    const holds = () =>
      thermostat.log.filter((entry) => entry.kind === 'answered' && entry.request === 'subscribe')
        .length
    server.held[0]?.end()
    await thermostat.waitFor('the next hold', () => holds() === 2)
    const port = Number(new URL(server.origin).port)
    await server.close()
    const failed = (count: number) => (one: VirtualThermostat) =>
      one.log.filter(({ kind }) => kind === 'failed').length >= count
    await thermostat.waitFor('the loss', failed(1))
    timers.advance(1000)
    await thermostat.waitFor('a refused connection', failed(2))
    const again = new ScriptedServer(timers.nowMs())
    t.teardown(() => again.close())
    await again.listen(port)
    timers.advance(2000)
    await thermostat.waitFor('the hold after that', () => holds() === 3)
    t.same(thermostat.violations, [])
  },
)

t.test('closes the held connection at a reboot', async (t) => {
  const { server, thermostat } = await settled(t)
  const closed = new Promise((resolve) => server.held[0]?.once('close', resolve))
  thermostat.reboot({ loseMemory: true })
  await closed
  t.equal(thermostat.paired, false)
  await thermostat.whenCode()
})

t.test('firmware 4.x lists, puts and polls, and takes a push by its headers (V6)', async (t) => {
  const timers = new ManualTimers(START_MS)
  const server = new ScriptedServer(START_MS)
  const origin = await server.listen()
  const thermostat = new VirtualThermostat({ serial: SERIAL, origin, transport: 'v3', timers })
  t.teardown(async () => {
    thermostat.stop()
    await server.close()
  })
  thermostat.start()
  const polls = (count: number) => (one: VirtualThermostat) =>
    one.log.filter((entry) => entry.kind === 'requested' && entry.request === 'subscribe')
      .length === count
  await thermostat.waitFor('a poll', polls(1))
  while (server.polls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  server.answerPolls('user.anna', { name: 'anna' })
  t.equal(await thermostat.whenPaired(), 'anna')
  await thermostat.waitFor('the next poll', polls(2))
  t.same(thermostat.violations, [])
  t.same(
    server.seen
      .map(({ method, path }) => `${method} ${path}`)
      .filter((line) => line.includes('/v3/')),
    [
      `GET /nest/transport/v3/device/device.${SERIAL}`,
      'POST /nest/transport/v3/put',
      'POST /nest/transport/v3/subscribe',
    ],
  )
})

t.test('reports a document that is split over two chunks (S5)', async (t) => {
  const { server, thermostat } = await settled(t)
  server.held[0]?.write('{"objects":[{"object_revision":1,')
  server.held[0]?.write('"object_timestamp":1,"object_key":"user.x","value":{}}]}')
  await thermostat.waitFor('two violations', ({ violationCount }) => violationCount === 2)
  t.equal(thermostat.violations[0]?.rule, 'S5')
})

t.test('handles an event that a listener causes after the current one', async (t) => {
  const { server, thermostat } = await settled(t)
  const kinds: string[] = []
  thermostat.on((entry) => {
    kinds.push(entry.kind)
    if (entry.kind === 'paired') thermostat.pressEco()
  })
  server.pair('ha')
  await thermostat.waitFor('eco', ({ screen }) => screen.phase === 'paired' && screen.eco)
  t.ok(kinds.indexOf('ecoEntered') > kinds.indexOf('screen'))
})

t.test('rejects pending waits and clears every timer when stopped', async (t) => {
  const { thermostat, timers } = await settled(t)
  const waiting = thermostat.whenPaired()
  thermostat.stop()
  await t.rejects(waiting, { code: 'cancelled', message: /Stopped waiting for being paired/ })
  await t.rejects(thermostat.whenPaired(), { code: 'cancelled' })
  t.equal(timers.pending, 0)
  thermostat.turnDial(25)
  t.equal(thermostat.value('shared').target_temperature, 20)
})

t.test('refuses an invalid serial or origin', async (t) => {
  for (const options of [
    { serial: 'short', origin: 'http://127.0.0.1:8000' },
    { serial: '18B430AABBCC', origin: 'http://127.0.0.1:8000' },
    { serial: SERIAL, origin: 'ftp://127.0.0.1' },
    { serial: SERIAL, origin: 'http://127.0.0.1:8000/nest' },
  ]) {
    t.throws(() => new VirtualThermostat(options), { code: 'invalid' })
  }
})

const NOISE: [string, string][] = [
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['a body cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{'],
  ['deep nesting', `HTTP/1.1 200 OK\r\n\r\n${'{"a":'.repeat(9999)}`],
  ['nothing', ''],
]
for (const [name, bytes] of NOISE) {
  t.test(`survives a server that answers with ${name}`, async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(bytes))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const origin = `http://127.0.0.1:${port}`
    const timers = new ManualTimers(START_MS)
    const thermostat = new VirtualThermostat({ serial: SERIAL, origin, timers })
    t.teardown(() => {
      thermostat.stop()
      server.close()
    })
    thermostat.start()
    const failed = await thermostat.waitFor('a failure', ({ log }) =>
      log.find((entry) => entry.kind === 'failed'),
    )
    t.match(failed, { request: 'entry', retryInMs: 1000 })
  })
}

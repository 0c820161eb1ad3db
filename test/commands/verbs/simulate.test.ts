import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Command } from 'commander'
import t, { type Test } from 'tap'
import { readSimulateOptions, serialsFrom } from '../../../src/commands/simulate/options.ts'
import { nextTemperature } from '../../../src/commands/simulate/room.ts'
import type { Io } from '../../../src/commands/terminal/io.ts'
import { registerSimulate, simulate } from '../../../src/commands/verbs/simulate.ts'
import { ManualTimers } from '../../../src/virtual/index.ts'
import { SERIAL, START_MS } from '../../virtual/firmware-harness.ts'
import { ScriptedServer } from '../../virtual/scripted-server.ts'

/** Buffers in place of the process's streams; `said` resolves when a text has been printed. */
function fakeIo(options: { interactive?: boolean } = {}) {
  const stop = new AbortController()
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  let printed = ''
  const waiting = new Set<() => void>()
  stdout.on('data', (bytes) => {
    printed += String(bytes)
    for (const check of waiting) check()
  })
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const check = () => printed.includes(text) && resolve()
      waiting.add(check)
      check()
    })
  const io: Io = {
    stdin,
    stdout,
    stderr: new PassThrough(),
    interactive: options.interactive ?? false,
    color: false,
    columns: Number.POSITIVE_INFINITY,
    errorColumns: Number.POSITIVE_INFINITY,
    env: {},
    ownCommand: 'npm run nle --',
    nowMs: () => START_MS,
    serversNearby: async () => [],
    sleep: () => Promise.resolve(),
    stop: stop.signal,
  }
  return { io, stdin, said, stop: () => stop.abort(), printed: () => printed }
}

async function scripted(t: Test) {
  const server = new ScriptedServer(START_MS)
  await server.listen()
  t.teardown(() => server.close())
  return server
}

const RAW = { server: 'http://127.0.0.1:8000', count: '1', name: '' }

t.test('draws the screen with the code, then the paired screen, and exits with 0', async (t) => {
  const server = await scripted(t)
  const { io, said, printed } = fakeIo()
  const options = readSimulateOptions({ ...RAW, server: server.origin, untilPaired: true })
  const done = simulate(options, io, new ManualTimers(START_MS))
  await said('A3X-R7M2')
  await said('npm run nle -- pair A3X-R7M2')
  await waitForHold(server)
  server.pair('homeassistant')
  t.equal(await done, 0)
  t.match(printed(), /paired, owner homeassistant/)
  t.match(printed(), /│ +20\.5 °C +│/)
  t.notMatch(printed(), 'Keys:', 'no keys without a terminal')
})

t.test('--json prints one object per event, with serial and time', async (t) => {
  const server = await scripted(t)
  const { io, said, printed } = fakeIo()
  const raw = { ...RAW, server: server.origin, json: true, untilPaired: true, count: '2' }
  const done = simulate(readSimulateOptions(raw), io, new ManualTimers(START_MS))
  await said(`"kind":"code","serial":"${SERIAL.slice(0, -1)}2"`)
  await waitForHold(server, 2)
  server.pair('ha')
  t.equal(await done, 0)
  const lines = printed()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const line of lines) t.match(line, { kind: String, serial: String, timeMs: START_MS })
  for (const kind of ['screen', 'code', 'push', 'paired']) {
    t.equal(new Set(lines.filter((line) => line.kind === kind).map(({ serial }) => serial)).size, 2)
  }
})

t.test('reports a broken rule and exits with 1', async (t) => {
  const server = await scripted(t)
  server.passphrase = { value: 'A3XR7M2', expires: String(START_MS + 3_600_000) }
  const { io, said, stop } = fakeIo()
  const options = readSimulateOptions({ ...RAW, server: server.origin })
  const done = simulate(options, io, new ManualTimers(START_MS))
  await said('RULE BROKEN P1')
  stop()
  t.equal(await done, 1)
  await said('1 broken rule seen')
})

t.test('explains an unreachable server once, and ends at Ctrl-C', async (t) => {
  const server = await scripted(t)
  const { origin } = server
  await server.close()
  t.teardown(() => undefined)
  const timers = new ManualTimers(START_MS)
  const { io, said, stop, printed } = fakeIo()
  const done = simulate(readSimulateOptions({ ...RAW, server: origin, count: '3' }), io, timers)
  await said('nothing listens there')
  for (let i = 0; i < 3; i += 1) timers.advance(1000)
  stop()
  t.equal(await done, 0)
  t.equal(printed().split('npm run nle -- serve').length, 2, 'said once')
})

t.test('recognises the control port, and says so once', async (t) => {
  let asked = 0
  const control = createServer((_, response) => {
    asked += 1
    response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
  t.teardown(() => control.close())
  const server = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
  const timers = new ManualTimers(START_MS)
  const { io, said, stop, printed } = fakeIo()
  const done = simulate(readSimulateOptions({ ...RAW, server }), io, timers)
  await said('not the port for thermostats of an nle server')
  await said('the other one is meant (8000)')
  while (asked < 3) {
    timers.advance(1000)
    await turn()
  }
  stop()
  t.equal(await done, 0)
  t.notMatch(printed(), 'HTTP 404')
  t.equal(printed().split('not the port').length, 2, 'said once')
})

t.test('--json reports an outage and its end once per thermostat', async (t) => {
  const server = await scripted(t)
  const { origin } = server
  await server.close()
  const timers = new ManualTimers(START_MS)
  const { io, said, stop, printed } = fakeIo()
  const options = readSimulateOptions({ ...RAW, server: origin, json: true })
  const done = simulate(options, io, timers)
  await said('"retryInMs":1000')
  timers.advance(1000)
  await said('"retryInMs":2000')
  const again = new ScriptedServer(timers.nowMs())
  await again.listen(Number(new URL(origin).port))
  t.teardown(() => again.close())
  timers.advance(2000)
  await said('"kind":"reachable"')
  stop()
  t.equal(await done, 0)
  t.equal(printed().split('"kind":"unreachable"').length, 2)
})

t.test('--until-paired exits as cancelled when it is stopped first', async (t) => {
  const { io, stop } = fakeIo()
  stop()
  const options = readSimulateOptions({ ...RAW, untilPaired: true })
  t.equal(await simulate(options, io, new ManualTimers(START_MS)), 130)
})

t.test('on a terminal, keys turn the dial, press eco, reboot and quit', async (t) => {
  const server = await scripted(t)
  const { io, said, stdin } = fakeIo({ interactive: true })
  const timers = new ManualTimers(START_MS)
  const done = simulate(readSimulateOptions({ ...RAW, server: server.origin }), io, timers)
  await said('Keys:')
  await waitForHold(server)
  server.pair('ha')
  await said('paired, owner ha')
  stdin.write('\u001b[A')
  await said('set to 20.5 °C')
  stdin.write('\u001b[B')
  await said('set to 20.0 °C')
  stdin.write('e')
  await said('eco was pressed')
  stdin.write('r')
  stdin.write('q')
  t.equal(await done, 0)
})

t.test('the verb sets the exit code', async (t) => {
  const { io, stop } = fakeIo()
  stop()
  io.exitCode = 99
  const program = new Command()
  registerSimulate(program, io)
  await program.parseAsync(['simulate', '--count', '2'], { from: 'user' })
  t.equal(io.exitCode, 0)
  const bad = program.parseAsync(['simulate', '--count', '0'], { from: 'user' })
  await t.rejects(bad, { code: 'invalid' })
})

t.test('shows a new code once the server has unpaired the thermostat', async (t) => {
  const server = await scripted(t)
  const { io, said, stop } = fakeIo()
  const timers = new ManualTimers(START_MS)
  const done = simulate(readSimulateOptions({ ...RAW, server: server.origin }), io, timers)
  await waitForHold(server)
  server.pair('homeassistant')
  await said('paired, owner homeassistant')
  server.passphrase = { value: 'B4YS8N3', expires: START_MS + 3_600_000 }
  timers.advance(30_000)
  await said('not paired with homeassistant any more')
  await said('B4Y-S8N3')
  t.pass('the new code is drawn')
  stop()
  await done
})

t.test('refuses wrong options', async (t) => {
  for (const raw of [
    { ...RAW, count: 'many' },
    { ...RAW, count: '1001' },
    { ...RAW, serial: 'short' },
    { ...RAW, serial: '18B430AABBCC' },
    { ...RAW, server: 'ftp://host' },
    { ...RAW, server: '' },
    { ...RAW, firmware: '3.0' },
    { ...RAW, kind: 'toaster' },
  ]) {
    t.throws(() => readSimulateOptions(raw), { code: 'invalid' })
  }
  t.equal(readSimulateOptions({ ...RAW, server: '10.0.0.5:8000' }).server, 'http://10.0.0.5:8000')
  t.same(readSimulateOptions({ ...RAW, serial: '02aa01ac00000000' }).serials, ['02AA01AC00000000'])
})

t.test('makes consecutive serials', async (t) => {
  t.same(serialsFrom('02AA01AC0000000009', 3), [
    '02AA01AC0000000009',
    '02AA01AC0000000010',
    '02AA01AC0000000011',
  ])
  t.same(serialsFrom('ABCDEFGHIJ', 2), ['ABCDEFGHIJ', 'ABCDEFGHIJ1'])
})

t.test('a heated room warms up, an unheated one cools down', async (t) => {
  const room = { currentTemperature: 20, heating: false, cooling: false }
  t.equal(nextTemperature(room), 19.92)
  t.equal(nextTemperature({ ...room, heating: true }), 20.22)
})

/** The scripted server pushes on held responses only. */
async function waitForHold(server: ScriptedServer, count = 1): Promise<void> {
  while (server.held.length < count) await new Promise((resolve) => setImmediate(resolve))
}

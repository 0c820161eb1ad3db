import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { makeLogger } from '../../../src/server/core/logger.ts'
import { FakeBridges, REPORT } from '../../helpers/fake-bridges.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'

async function open(t: Test, config: Partial<Config> = {}) {
  const lines: string[] = []
  const out = { write: (line: string) => lines.push(line) > 0 }
  const log = makeLogger(out as never, {
    format: 'json',
    level: 'debug',
    color: false,
    nowMs: () => 0,
  })
  const bridges = new FakeBridges()
  const home = await startHome(t, { config, log, launchBridge: async () => bridges.launch })
  return { home, bridges, lines }
}

async function on(home: Home): Promise<void> {
  await home.askHere('POST', '/api/matter', { on: true })
  await until(home, ({ running }) => running === true)
}

/** Asks until the state is as wanted; over the socket, which asks for no token. */
async function until(home: Home, holds: (status: JsonObject) => boolean): Promise<void> {
  for (;;) {
    const { body } = await home.askHere('GET', '/api/matter')
    if (holds(body)) return
  }
}

t.test('is off until it is switched on, and starts nothing', async (t) => {
  const { home, bridges } = await open(t)
  t.match((await home.ask('GET', '/api/matter')).body, { on: false, running: false, fabrics: [] })
  t.equal(bridges.all.length, 0)
  t.match((await home.askHere('POST', '/api/matter/pairing')).body, { message: /nle matter on/ })
  await on(home)
  t.equal(bridges.all.length, 1)
  t.match((await home.askHere('POST', '/api/matter', { on: false })).body, { on: false })
  t.ok(bridges.last.hasEnded)
})

t.test('shows the codes to the owner alone, while a controller may be added', async (t) => {
  const { home, bridges, lines } = await open(t)
  await on(home)
  const codes = { manual_code: REPORT.manualCode, qr_code: REPORT.qrCode, until: null }
  t.match((await home.askHere('GET', '/api/matter/pairing')).body, codes)
  t.equal((await home.ask('GET', '/api/matter/pairing')).status, 401)
  t.notMatch(JSON.stringify((await home.ask('GET', '/api/matter')).body), REPORT.manualCode)
  const fabric = { index: 2, name: 'Apple Home', vendor: 0x1349 }
  bridges.last.says({ type: 'report', ...REPORT, fabrics: [fabric], windowUntilMs: null })
  t.match((await home.askHere('GET', '/api/matter/pairing')).body, { manual_code: null })
  t.match((await home.askHere('POST', '/api/matter/pairing')).body, {
    manual_code: REPORT.manualCode,
    until: '2025-10-09T09:08:20.000Z',
  })
  bridges.last.report = { ...REPORT, fabrics: [fabric] }
  bridges.last.says({ type: 'report', ...bridges.last.report })
  t.equal((await home.askHere('DELETE', '/api/matter/fabrics/3')).status, 404)
  t.match((await home.askHere('DELETE', '/api/matter/fabrics/2')).body, { name: 'Apple Home' })
  const { passcode, token } = bridges.last.start
  for (const secret of [String(passcode), token, REPORT.manualCode]) {
    t.notMatch(lines.join('\n'), secret, 'no secret is in the log')
  }
})

t.test('the bridge may read and command, and does not make the server ask others', async (t) => {
  const { home, bridges } = await open(t)
  await home.paired()
  await on(home)
  const asBridge = () => ({ Authorization: `Bearer ${bridges.last.start.token}` })
  const command = { serial: SERIAL, command: 'set_temperature', value: 21 }
  t.equal((await home.ask('POST', '/command', command, asBridge())).status, 200)
  t.equal((await home.ask('GET', '/api/devices')).status, 200, 'others still need no token')
  // Where tokens are needed, it counts as one that may command.
  await home.server.core.store.insertToken({
    id: 'a1',
    name: 'other',
    scope: 'read',
    hash: 'ff'.repeat(32),
    createdAtMs: 0,
    expiresAtMs: null,
  })
  t.equal((await home.ask('GET', '/api/devices')).status, 401)
  t.equal((await home.ask('GET', '/api/devices', undefined, asBridge())).status, 200)
  t.equal((await home.ask('POST', '/command', command, asBridge())).status, 200)
  t.equal((await home.ask('POST', `/api/pin/${SERIAL}`, {}, asBridge())).status, 403)
  t.equal((await home.ask('POST', '/api/matter', { on: false }, asBridge())).status, 403)
  t.strictSame((await home.server.core.store.tokens()).length, 1, 'it is on no file')
  // The next process has another one.
  const before = asBridge()
  bridges.last.end('it crashed')
  home.clock.advance(1_000)
  await until(home, ({ running }) => running === true)
  t.equal((await home.ask('GET', '/api/devices', undefined, before)).status, 401)
  t.equal((await home.ask('GET', '/api/devices', undefined, asBridge())).status, 200)
})

t.test('codes and what the bridge keeps survive; a reset makes them new', async (t) => {
  const { home, bridges } = await open(t)
  await on(home)
  const first = bridges.last.start
  bridges.last.says({ type: 'keep', id: 1, changes: { fabric: '"secret"', gone: '1' } })
  bridges.last.says({ type: 'keep', id: 2, changes: { gone: null } })
  await home.askHere('POST', '/api/matter', { on: false })
  await on(home)
  const again = bridges.last.start
  t.strictSame(again.kept, { fabric: '"secret"' })
  t.strictSame([again.passcode, again.discriminator], [first.passcode, first.discriminator])
  t.not(again.token, first.token)
  await home.askHere('DELETE', '/api/matter')
  await until(home, ({ running }) => running === true)
  t.equal(bridges.all.length, 3, 'it is on again')
  t.strictSame(bridges.last.start.kept, {})
  t.not(bridges.last.start.passcode, first.passcode)
})

t.test('MATTER wins over what is stored', async (t) => {
  const { home, bridges } = await open(t, {
    matter: true,
    matterPort: 5599,
    matterInterface: 'all',
  })
  await until(home, ({ running }) => running === true)
  t.match(bridges.last.start, { port: 5599, interfaceName: null })
  t.match((await home.ask('GET', '/api/matter')).body, { on: true, source: 'environment' })
  t.match((await home.askHere('POST', '/api/matter', { on: false })).body, {
    on: true,
    note: /MATTER is set/,
  })
  await home.stop()
  t.ok(bridges.last.hasEnded, 'it ends with the server')
})

t.test('a bridge that does not run says why', async (t) => {
  const { home, bridges } = await open(t)
  await on(home)
  bridges.last.end('Cannot bind {::}:5540 because port is already in use')
  t.match((await home.ask('GET', '/api/matter')).body, {
    on: true,
    running: false,
    last_error: /already in use/,
  })
  const refused = await home.askHere('POST', '/api/matter/pairing')
  t.equal(refused.status, 502)
  t.match(refused.body, { message: /already in use/ })
})

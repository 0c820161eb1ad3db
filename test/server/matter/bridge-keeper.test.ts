import t from 'tap'
import type { BridgeStart } from '../../../src/protocol/matter/messages.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { BridgeKeeper, type KeeperParts } from '../../../src/server/matter/bridge-keeper.ts'
import { FakeBridges, REPORT } from '../../helpers/fake-bridges.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const START: BridgeStart = {
  url: 'http://127.0.0.1:8082',
  socketPath: null,
  token: 'nle_secret',
  port: 5540,
  interfaceName: null,
  version: '0.1.0',
  passcode: 12345679,
  discriminator: 7,
  kept: {},
}

async function start(isObliging: boolean, parts: Partial<KeeperParts> = {}) {
  const clock = new ManualClock()
  const bridges = new FakeBridges({ isObliging })
  const keeper = new BridgeKeeper({
    clock,
    log: silentLogger,
    launch: bridges.launch,
    begin: async () => START,
    keep: async () => {},
    ...parts,
  })
  keeper.start()
  await settled()
  return { clock, bridges, keeper }
}

/** Lets promises that wait for nothing else go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

t.test('a process that is killed again and again is started less and less often', async (t) => {
  const { clock, bridges, keeper } = await start(true)
  t.match(keeper.report, REPORT)
  for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
    const { length } = bridges.all
    bridges.last.end('it was ended by SIGKILL')
    t.equal(keeper.report, undefined)
    t.equal(keeper.lastError, 'it was ended by SIGKILL')
    clock.advance(waitMs - 1)
    t.equal(bridges.all.length, length, `not before ${waitMs} ms`)
    clock.advance(1)
    t.equal(bridges.all.length, length + 1)
    await settled()
    t.equal(keeper.lastError, null, 'it runs again')
  }
  let waitedS = 0
  for (let n = 0; n < 8; n++) {
    const { length } = bridges.all
    bridges.last.end('again')
    for (waitedS = 0; bridges.all.length === length; waitedS++) clock.advance(1_000)
    await settled()
  }
  t.equal(waitedS, 300, 'five minutes is the longest wait')
  // One that ran for a minute was well.
  clock.advance(60_000)
  const { length } = bridges.all
  bridges.last.end('once')
  clock.advance(1_000)
  t.equal(bridges.all.length, length + 1)
})

t.test('each process is told everything anew', async (t) => {
  let n = 0
  const begin = async () => ({ ...START, token: `token ${++n}` })
  const { clock, bridges } = await start(true, { begin })
  bridges.last.end('gone')
  clock.advance(1_000)
  await settled()
  t.strictSame(
    bridges.all.map((bridge) => bridge.start.token),
    ['token 1', 'token 2'],
  )
})

t.test('a process that says nothing hangs, and is ended', async (t) => {
  const { clock, bridges } = await start(true)
  clock.advance(79_000)
  bridges.last.says({ type: 'report', ...REPORT })
  clock.advance(79_000)
  t.notOk(bridges.last.wasKilled)
  clock.advance(1_000)
  t.ok(bridges.all[0]?.wasKilled)
  clock.advance(1_000)
  t.equal(bridges.all.length, 2)
})

t.test('a process that cannot be told how to start is ended', async (t) => {
  const { bridges } = await start(true, {
    begin: async () => Promise.reject(new Error('the database is locked')),
  })
  t.ok(bridges.last.wasKilled)
})

t.test('a process that takes too much memory is started again', async (t) => {
  const { clock, bridges } = await start(true)
  bridges.last.says({ type: 'report', ...REPORT, memoryBytes: 2 ** 30 })
  t.ok(bridges.all[0]?.wasKilled)
  clock.advance(1_000)
  t.equal(bridges.all.length, 2)
})

t.test('what a process keeps is acknowledged once it is written down', async (t) => {
  const written: unknown[] = []
  let fail = false
  const { bridges } = await start(true, {
    keep: async (changes) => {
      if (fail) throw new Error('disk full')
      written.push(changes)
    },
  })
  bridges.last.says({ type: 'keep', id: 4, changes: { a: '1', b: null } })
  await settled()
  t.strictSame(written, [{ a: '1', b: null }])
  t.strictSame(bridges.last.received.at(-1), { type: 'kept', id: 4, error: null })
  fail = true
  bridges.last.says({ type: 'keep', id: 5, changes: { a: '2' } })
  await settled()
  t.match(bridges.last.received.at(-1), { type: 'kept', id: 5, error: /disk full/ })
})

t.test('who asks gets an answer, whatever becomes of the process', async (t) => {
  const obliging = await start(true)
  t.equal(await obliging.keeper.ask({ type: 'openWindow' }), null)
  obliging.bridges.last.end('it crashed')
  t.equal(await obliging.keeper.ask({ type: 'openWindow' }), 'it crashed')

  const { clock, bridges, keeper } = await start(false)
  t.equal(await keeper.ask({ type: 'openWindow' }), 'it is starting')
  bridges.last.says({ type: 'report', ...REPORT })
  const late = keeper.ask({ type: 'openWindow' })
  clock.advance(10_000)
  t.equal(await late, 'it does not answer')
  const cut = keeper.ask({ type: 'removeFabric', index: 1 })
  bridges.last.end('it crashed')
  t.equal(await cut, 'it crashed')
})

t.test('at the end the process is told, then ended, and no other one is started', async (t) => {
  const obliging = await start(true)
  await obliging.keeper.stop()
  t.notOk(obliging.bridges.last.wasKilled)

  const { clock, bridges, keeper } = await start(false)
  const stopping = keeper.stop()
  t.strictSame(bridges.last.received.at(-1), { type: 'stop' })
  clock.advance(1_500)
  await stopping
  t.ok(bridges.last.wasKilled)
  clock.advance(3_600_000)
  t.equal(bridges.all.length, 1)

  const down = await start(true)
  down.bridges.last.end('gone')
  await down.keeper.stop()
  down.clock.advance(3_600_000)
  t.equal(down.bridges.all.length, 1, 'not even one that was about to be started')
})

import t from 'tap'
import { SharedClock } from '../../../src/server/cluster/shared-clock.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

/** A machine's clock, and a database's that is ahead by `aheadMs` and answers after `roundTripMs`. */
function start(aheadMs: number, roundTripMs = 0) {
  const own = new ManualClock()
  const database = { aheadMs, roundTripMs }
  const clock = new SharedClock(
    own,
    async () => {
      own.advance(database.roundTripMs / 2)
      const ms = own.now().steadyMs + database.aheadMs
      own.advance(database.roundTripMs / 2)
      return ms
    },
    silentLogger,
  )
  /** By how much the clock differs from the database's, ms. */
  const wrongMs = () => clock.now().steadyMs - own.now().steadyMs - database.aheadMs
  return { own, database, clock, wrongMs }
}

t.test('a process whose machine is a minute behind has the database’s time', async (t) => {
  const { clock, own } = start(60_000)
  own.wallOffsetMs = -3_600_000
  await clock.measure()
  t.same(clock.now(), { wallMs: START_MS + 60_000, steadyMs: START_MS + 60_000 })
})

t.test('the quickest of the last answers counts', async (t) => {
  const { clock, database, wrongMs } = start(1_000, 10)
  await clock.measure()
  t.equal(wrongMs(), 0)
  database.aheadMs += 30
  database.roundTripMs = 400
  await clock.measure()
  t.equal(wrongMs(), -30, 'a slow answer may be wrong by more')
})

t.test('it follows the database to a machine whose clock is ahead', async (t) => {
  const { clock, database, wrongMs } = start(0, 10)
  await clock.measure()
  database.aheadMs = 60_000
  database.roundTripMs = 40
  await clock.measure()
  t.equal(wrongMs(), 0)
})

t.test('it never goes back, and is right again after twice the difference', async (t) => {
  const { clock, database, own, wrongMs } = start(10_000)
  await clock.measure()
  const before = clock.now().steadyMs
  database.aheadMs = 0
  await clock.measure()
  let last = before
  for (let s = 0; s < 20; s++) {
    own.advance(1_000)
    const { steadyMs } = clock.now()
    t.ok(steadyMs > last)
    last = steadyMs
  }
  t.equal(wrongMs(), 0)
})

t.test(
  'it measures every half minute, and keeps the time while the database is away',
  async (t) => {
    const own = new ManualClock()
    let asked = 0
    const clock = new SharedClock(
      own,
      async () => {
        asked += 1
        if (asked > 1) throw new Error('away')
        return own.now().steadyMs + 5_000
      },
      silentLogger,
    )
    await clock.measure()
    clock.start()
    own.advance(30_000)
    await new Promise((resolve) => setImmediate(resolve))
    own.advance(30_000)
    t.equal(asked, 3)
    t.equal(clock.now().wallMs, own.now().steadyMs + 5_000)
    clock.stop()
    await new Promise((resolve) => setImmediate(resolve))
    own.advance(60_000)
    t.equal(asked, 3)
  },
)

import t, { type Test } from 'tap'
import { DAY_MS, HOUR_MS } from '../../../src/protocol/history/calendar.ts'
import { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import { decide, meet } from '../../helpers/seed-store.ts'
import { chunk, historySuite, summary } from '../history-suite.ts'
import { NOW_MS, OTHER, SERIAL } from '../store-suite.ts'

const ALL = { fromMs: 0, toMs: NOW_MS * 2 }

t.test('the history on PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  /** A process on a new database with two thermostats, or on that of another process. */
  const opened = async (t: Test, url?: string) => {
    const at = url ?? (await postgres.database())
    const store = await PostgresStore.open(at)
    t.teardown(() => store.close())
    if (url === undefined) {
      await meet(store, SERIAL)
      await meet(store, OTHER)
    }
    return { store, url: at, history: store.shared.history() }
  }

  historySuite(t, { open: async (t) => (await opened(t)).history })

  t.test('two processes that write of the same instant keep both', async (t) => {
    const { url, history } = await opened(t)
    const other = (await opened(t, url)).history
    await history.append([chunk(SERIAL, NOW_MS, [1])])
    await other.append([{ ...chunk(SERIAL, NOW_MS, [2]), untilMs: NOW_MS + 1 }])
    await history.append([{ ...chunk(SERIAL, NOW_MS, [3]), untilMs: NOW_MS + 2 * HOUR_MS }])
    const found = await history.chunks(SERIAL, ALL)
    t.strictSame(
      found.map(({ readings }) => [...readings]),
      [[2], [3]],
    )
  })

  t.test(
    'each month has its tables, made once, and dropped with all that is in them',
    async (t) => {
      const { url, history } = await opened(t)
      const other = (await opened(t, url)).history
      const [january, february, march] = [0, 1, 2].map((month) => Date.UTC(2026, month))
      if (january === undefined || february === undefined || march === undefined) throw new Error()
      await Promise.all([history.prepareMonths(january), other.prepareMonths(january)])
      await history.append([january, february - 1, february].map((ms) => chunk(SERIAL, ms)))
      await history.summarize(SERIAL, [summary(january, 1)])
      await history.summarize(SERIAL, [summary(february, 2)])
      const began = async () => (await other.chunks(SERIAL, ALL)).map(({ fromMs }) => fromMs)
      await other.dropMonths(february - 1, february - 1)
      t.equal((await began()).length, 3, 'a month that has not ended stays')
      await other.dropMonths(february, 0)
      t.strictSame(await began(), [february])
      t.equal((await other.summaries(SERIAL, ALL, 9)).length, 2)
      await other.dropMonths(february, march)
      t.strictSame(await other.summaries(SERIAL, ALL, 9), [])
    },
  )

  t.test('a late holder of the job sums up nothing and drops nothing', async (t) => {
    const { url, store, history } = await opened(t)
    await history.append([chunk(SERIAL, NOW_MS)])
    await postgres.run(url, `INSERT INTO epochs VALUES ('history', 2)`)
    const late = store.shared.history({ name: 'history', epoch: 1 })
    await t.rejects(late.summarize(SERIAL, [summary(NOW_MS, 1)]), { code: 'in_use' })
    await t.rejects(late.dropMonths(NOW_MS + 99 * DAY_MS, 0), { code: 'in_use' })
    t.equal((await history.chunks(SERIAL, ALL)).length, 1)
    const holder = store.shared.history({ name: 'history', epoch: 2 })
    await holder.summarize(SERIAL, [summary(NOW_MS, 1)])
    t.equal((await history.summaries(SERIAL, ALL, 9)).length, 1)
  })

  t.test('a thermostat that is deleted loses its history at once, and for good', async (t) => {
    const { store, history } = await opened(t)
    await history.append([chunk(SERIAL, NOW_MS), chunk(OTHER, NOW_MS)])
    await history.summarize(SERIAL, [summary(NOW_MS - DAY_MS, 1)])
    await decide(store, SERIAL, (draft) => draft.remove())
    t.strictSame(await history.serials('', 9), [OTHER])
    await history.append([chunk(SERIAL, NOW_MS)])
    t.strictSame(await history.serials('', 9), [OTHER], 'it is not on file')
    await meet(store, SERIAL, NOW_MS + 1)
    // A process that had not heard of it yet writes what the thermostat did before.
    await history.append([chunk(SERIAL, NOW_MS)])
    const later = chunk(SERIAL, NOW_MS + 1)
    await history.append([later])
    t.strictSame(
      (await history.chunks(SERIAL, { fromMs: 0, toMs: later.untilMs })).map((each) => each.fromMs),
      [later.fromMs],
    )
    t.strictSame(await history.summaries(SERIAL, ALL, 9), [])
    await history.deleteLeft()
    t.equal((await history.chunks(OTHER, ALL)).length, 1)
  })

  t.test('the rows of a deleted thermostat leave the disk', async (t) => {
    const { store, url, history } = await opened(t)
    await history.append([chunk(SERIAL, NOW_MS), chunk(OTHER, NOW_MS)])
    await history.summarize(SERIAL, [summary(NOW_MS - DAY_MS, 1)])
    await decide(store, SERIAL, (draft) => draft.remove())
    await history.deleteLeft()
    await postgres.run(
      url,
      `DO $$ BEGIN
         ASSERT (SELECT count(*) FROM history_chunks) = 1;
         ASSERT (SELECT count(*) FROM history_summaries) = 0;
         ASSERT (SELECT count(*) FROM history_left) = 0;
       END $$`,
    )
  })
})

import t, { type Test } from 'tap'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import { decide, meet } from '../../helpers/seed-store.ts'
import { NOW_MS, OTHER, SERIAL } from '../store-suite.ts'
import { count, counted, SHARED } from './counting.ts'
import { endlessPauses } from './engine-times.ts'

t.test('several processes on one PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)

  t.test('no process writes over what another one has written', async (t) => {
    const [first, second] = await pair(t)
    await meet(first, SERIAL, NOW_MS)
    const seen = await Promise.all(
      Array.from({ length: 40 }, (_, i) => count(i % 2 === 0 ? first : second)),
    )
    t.strictSame(
      seen.sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, i) => i + 1),
      'each decision saw those before it',
    )
    t.equal(await counted(first), 40)
    t.equal(await counted(second), 40, 'what one has cached is not shown when it is old')
  })

  t.test('of two that meet a new thermostat one is first', async (t) => {
    const [first, second] = await pair(t)
    const found = await Promise.all(
      [first, second].map((store) =>
        decide(store, SERIAL, (draft) => {
          const isNew = draft.device === undefined
          draft.setDevice(draft.device ?? newDevice(NOW_MS))
          return isNew
        }),
      ),
    )
    t.strictSame(found.sort(), [false, true])
  })

  t.test('a thermostat that was removed and met again is another one', async (t) => {
    const [first, second] = await pair(t)
    await meet(first, SERIAL, NOW_MS)
    await count(first)
    t.equal(await counted(second), 1)
    await decide(first, SERIAL, (draft) => draft.remove())
    await meet(first, SERIAL, NOW_MS)
    t.equal(await count(second), 1)
  })

  t.test('ids of changes grow, whichever process adds them', async (t) => {
    const [first, second] = await pair(t)
    await meet(first, SERIAL, NOW_MS)
    const ids: number[] = []
    for (const store of [first, second, second, first]) ids.push(...(await added(store)))
    t.strictSame(ids, [1, 2, 3, 4])
    const many = await Promise.all([first, second, first, second].map(added))
    t.equal(new Set([...ids, ...many.flat()]).size, 8, 'none is given twice')
    const kept = (await first.load(SERIAL)).changes.map(({ id }) => id)
    t.strictSame(
      kept,
      [...kept].sort((a, b) => a - b),
    )
    t.equal(kept.length, 8)
  })

  t.test(
    'each process hears what the others have written, and not what it wrote itself',
    async (t) => {
      const [first, second] = await pair(t)
      const heard = hearing(t, second)
      const own = hearing(t, first)
      await listening(postgres, 2)
      await meet(first, SERIAL, NOW_MS)
      await heard.until(SERIAL)
      await meet(first, OTHER, NOW_MS)
      await heard.until(OTHER)
      await decide(first, OTHER, (draft) => draft.remove())
      await heard.until(OTHER)
      t.strictSame(own.all, [])
    },
  )

  t.test('after a gap it hears which of those it holds were written', async (t) => {
    const [first, second] = await pair(t)
    await meet(first, SERIAL, NOW_MS)
    await meet(first, OTHER, NOW_MS)
    await Promise.all([SERIAL, OTHER].map((serial) => second.load(serial)))
    const heard = hearing(t, second)
    await listening(postgres, 1)
    await postgres.run(
      first.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'NOTIFY nle_beat%'`,
    )
    await count(first)
    await heard.until(SERIAL)
    t.notOk(heard.all.includes(OTHER), 'the other is as it was')
  })

  t.test('a job is on one process, and goes on on the next when that one ends', async (t) => {
    const [first, second] = await pair(t)
    const told: string[] = []
    const until = waiter()
    const take = (store: PostgresStore, name: string) =>
      store.shared.exclusive(
        'mqtt',
        (epoch) => until.tell(told.push(`${name} ${epoch}`)),
        () => until.tell(told.push(`${name} lost`)),
      )
    const leave = take(first, 'first')
    await until.reached(1)
    take(second, 'second')
    t.equal(
      await first.shared.setIntegrationAs({ name: 'mqtt', epoch: 1 }, 'a', { a: 1 }, NOW_MS),
      false,
    )
    await leave()
    await until.reached(2)
    t.strictSame(told, ['first 1', 'second 2'])
    await t.rejects(
      first.shared.setIntegrationAs({ name: 'mqtt', epoch: 1 }, 'a', { a: 2 }, NOW_MS),
      { code: 'in_use' },
      'the late one writes nothing',
    )
    t.strictSame(await first.integration('a'), { a: 1 })
    await postgres.run(
      first.url,
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`,
    )
    await until.reached(4)
    t.strictSame(told.slice(2), ['second lost', 'second 3'])
  })

  t.test('a process asks for a job as soon as it is connected', async (t) => {
    const store = await PostgresStore.open(await postgres.database(), endlessPauses())
    t.teardown(() => store.close())
    t.equal(await new Promise((gained) => store.shared.exclusive('mqtt', gained, () => {})), 1)
  })

  t.test('counts are shared, and begin anew', async (t) => {
    const [first, second] = await pair(t)
    const of = (store: PostgresStore, add: number, windowMs = 1e12) =>
      store.shared.count([
        { key: 'a', windowMs, add },
        { key: 'b', windowMs, add: 0 },
      ])
    t.strictSame(await of(first, 2), [2, 0])
    t.strictSame(await of(second, 3), [5, 0])
    t.strictSame(await of(first, 0), [5, 0])
    t.strictSame(await of(first, 1, 1e11), [1, 0])
  })

  t.test('the clock never goes back, whatever machine the database is on', async (t) => {
    const [first, second] = await pair(t)
    const before = await first.shared.time()
    t.ok((await second.shared.time()) >= before)
    // As after a failover to a machine whose clock is an hour behind.
    await postgres.run(first.url, 'UPDATE clock SET latest_ms = latest_ms + 3600000')
    const ahead = await first.shared.time()
    t.ok(ahead >= before + 3_600_000)
    t.ok((await second.shared.time()) >= ahead)
    t.ok((await second.shared.time()) < ahead + 60_000, 'it goes on from there')
  })

  t.test('last contacts are of all processes', async (t) => {
    const [first, second] = await pair(t)
    await meet(first, SERIAL, NOW_MS)
    await first.load(SERIAL)
    await second.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 9, network: '203.0.113.7' }]]))
    await second.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 8, network: '203.0.113.8' }]]))
    t.strictSame(
      await first.shared.lastSeen([SERIAL, OTHER]),
      new Map([[SERIAL, { atMs: NOW_MS + 9, network: '203.0.113.7' }]]),
    )
    t.equal((await first.load(SERIAL)).device?.lastSeenAtMs, NOW_MS + 9)
    t.equal((await first.shown(SERIAL)).device?.lastSeenAtMs, NOW_MS + 9)
    t.equal(await first.shared.isReady(), true)
  })

  async function pair(t: Test): Promise<[Opened, Opened]> {
    const url = await postgres.database()
    const open = async (): Promise<Opened> => {
      const store = await PostgresStore.open(url)
      t.teardown(() => store.close())
      return Object.assign(store, { url })
    }
    return [await open(), await open()]
  }
})

type Opened = PostgresStore & { readonly url: string }

/** Resolves once so many processes listen. */
async function listening(
  postgres: Awaited<ReturnType<typeof startPostgres>>,
  processes: number,
): Promise<void> {
  await postgres.run(
    `postgres://postgres@127.0.0.1:${postgres.port}/postgres`,
    `DO $$ BEGIN LOOP
       PERFORM pg_stat_clear_snapshot();
       EXIT WHEN (SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'NOTIFY nle_beat%') >= ${processes};
       PERFORM pg_sleep(0.01);
     END LOOP; END $$`,
  )
}

/** Collects what a process hears of the others. */
function hearing(t: Test, store: PostgresStore) {
  const all: string[] = []
  const fresh: string[] = []
  const until = waiter()
  const off = store.shared.onChanged(
    (serials) => {
      all.push(...serials)
      fresh.push(...serials)
      until.tell()
    },
    () => [SERIAL, OTHER],
  )
  t.teardown(off)
  return {
    all,
    /** Resolves once this thermostat was heard of since the last call. */
    async until(serial: string): Promise<void> {
      while (!fresh.includes(serial)) await until.next()
      fresh.length = 0
    },
  }
}

function waiter() {
  let count = 0
  let waiting: (() => void)[] = []
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  return {
    tell: (now = count + 1): void => {
      count = now
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    next,
    async reached(least: number): Promise<void> {
      while (count < least) await next()
    },
  }
}

/** Adds a change, and returns its id. */
async function added(store: PostgresStore): Promise<number[]> {
  const change = await decide(store, SERIAL, (draft) =>
    draft.addChange({
      command: 'set',
      objectKey: SHARED,
      fields: { a: 1 },
      kind: 'setting',
      createdAtMs: NOW_MS,
      expiresAtSteadyMs: null,
    }),
  )
  return [change.id]
}

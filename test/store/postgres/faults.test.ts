import pg from 'pg'
import t, { type Test } from 'tap'
import type { EngineTime } from '../../../src/store/postgres/engine-time.ts'
import { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import { commitCutter } from '../../helpers/commit-cutter.ts'
import { NO_POSTGRES, runSql, startPostgres } from '../../helpers/postgres.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'
import { NOW_MS, OTHER, SERIAL } from '../store-suite.ts'
import { count, counted, SHARED } from './counting.ts'
import { endlessPauses, quickTime } from './engine-times.ts'

t.test('PostgreSQL in trouble', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)

  t.test('what nobody knows of a commit is looked up, and happens once', async (t) => {
    const url = await postgres.database()
    for (const isForwarded of [true, false]) {
      const cutter = await commitCutter(t, postgres.port)
      const store = await opened(t, cutter.through(url))
      await meet(store, SERIAL, NOW_MS)
      const before = await counted(store)
      cutter.cutNext(isForwarded)
      t.equal(await count(store), before + 1, isForwarded ? 'its answer was lost' : 'it was lost')
      t.equal(cutter.cuts, 1)
      t.equal(await counted(store), before + 1)
    }
  })

  t.test(
    'a commit whose answer was lost is not taken for a write that came too late',
    async (t) => {
      const url = await postgres.database()
      const cutter = await commitCutter(t, postgres.port)
      const store = await opened(t, cutter.through(url))
      await meet(store, SERIAL, NOW_MS)
      await count(store)
      const until = (isSo: string): string =>
        `DO $$ BEGIN LOOP
         PERFORM pg_stat_clear_snapshot();
         EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE ${isSo});
         PERFORM pg_sleep(0.02);
       END LOOP; END $$;`
      // Another process writes after the state was loaded, and before what was decided on it is written.
      const writing = postgres.run(
        url,
        `BEGIN; UPDATE thermostats SET version = nextval('versions'); ${until('NOT granted')} COMMIT`,
      )
      await postgres.run(url, until(`mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()`))
      cutter.cutNext(true)
      t.equal(await count(store), 2)
      await writing
      t.equal(cutter.cuts, 1)
      t.equal(await counted(store), 2, 'it is decided again, and on file')
    },
  )

  t.test('what is asked waits for a PostgreSQL that restarts', async (t) => {
    const store = await opened(t, await postgres.database())
    await meet(store, SERIAL, NOW_MS)
    await count(store)
    await postgres.stop('fast')
    const counting = count(store)
    const reading = [store.load(SERIAL), store.shown(SERIAL), store.tokens(), store.serials()]
    t.equal(await store.shared.isReady(), false, 'this is said at once')
    await postgres.start()
    t.equal(await counting, 2)
    await Promise.all(reading)
    t.equal(await store.shared.isReady(), true)
  })

  t.test('they fail when it stays away, and work again when it is back', async (t) => {
    const time = quickTime()
    const store = await opened(t, await postgres.database(), time)
    await meet(store, SERIAL, NOW_MS)
    await postgres.stop('immediate')
    const failure: unknown = await count(store).catch((error) => error)
    t.match(failure, { code: 'store', message: /could not be reached/ })
    t.equal(store.troubleOf(failure)?.kind, 'away')
    const unread: unknown = await store.load(SERIAL).catch((error) => error)
    t.equal(store.troubleOf(unread)?.kind, 'away')
    const before = time.steadyMs()
    await t.rejects(store.load(SERIAL), { code: 'store' })
    t.equal(time.steadyMs(), before, 'once it is known to stay away, nobody waits for reading')
    await postgres.start()
    t.equal(await count(store), 1)
  })

  t.test('what a process was paused with is refused, and not done late', async (t) => {
    let nowMs = 0
    const turns: (() => void)[] = []
    let isHeld = false
    const store = await opened(t, await postgres.database(), {
      ...quickTime(),
      steadyMs: () => nowMs,
      atTurnEnd: (work) => (isHeld ? turns.push(work) : setImmediate(work)),
    })
    await meet(store, SERIAL, NOW_MS)
    isHeld = true
    const counting = count(store)
    nowMs += 60_000
    isHeld = false
    for (const work of turns) work()
    await t.rejects(counting, { code: 'store', message: /waited too long/ })
    t.equal(await count(store), 1)
  })

  t.test('a store that is closed waits for no PostgreSQL', async (t) => {
    const store = await opened(t, await postgres.database(), endlessPauses())
    await postgres.stop('immediate')
    const reading = store.load(SERIAL).catch((error) => error)
    await store.close()
    t.match(await reading, { code: 'store' })
    await postgres.start()
  })

  t.test('what cannot be kept fails alone', async (t) => {
    const store = await opened(t, await postgres.database())
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS)
    const results = await Promise.allSettled([
      count(store),
      putBucket(store, OTHER, 'shared.\u0000', {}),
      putBucket(store, OTHER, `device.${OTHER}`, { a: 1 }),
      count(store),
    ])
    t.strictSame(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    t.match(results[1], { reason: { code: 'store' } })
    t.equal(await counted(store), 2)
    t.ok((await store.load(OTHER)).buckets.get(`device.${OTHER}`))
  })

  t.test('characters that PostgreSQL refuses are kept all the same', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    const strange = 'a\u0000b\ud800c“€😀\\u0000\\'
    await meet(store, SERIAL, NOW_MS)
    await decide(store, SERIAL, (draft) => {
      const { device } = draft
      if (device !== undefined) draft.setDevice({ ...device, model: strange })
      draft.addChange({
        command: 'set',
        objectKey: SHARED,
        fields: { name: strange },
        kind: 'setting',
        createdAtMs: NOW_MS,
        expiresAtSteadyMs: null,
      })
    })
    await putBucket(store, SERIAL, SHARED, { [strange]: strange })
    const state = await (await opened(t, url)).load(SERIAL)
    t.equal(state.device?.model, strange)
    t.strictSame(state.buckets.get(SHARED)?.value, { [strange]: strange })
    t.strictSame(state.changes[0]?.fields, { name: strange })
    await store.ensureUser('anna', NOW_MS, strange)
  })

  t.test('a database that only reads is no database to decide on', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    await meet(store, SERIAL, NOW_MS)
    const name = url.slice(url.lastIndexOf('/') + 1)
    const turn = (isReadOnly: boolean) =>
      postgres.run(
        url.replace(name, 'postgres'),
        `ALTER DATABASE ${name} SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'};
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      )
    const hasty = await opened(t, url, quickTime())
    await turn(true)
    const counting = count(store)
    const reading = store.load(SERIAL)
    await t.rejects(hasty.load(SERIAL), { code: 'store' }, 'it may show the past')
    await turn(false)
    t.equal(await counting, 1)
    t.ok((await reading).device)
  })

  t.test('a connection that turns read-only is given up, by reads as well', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    const hasty = await opened(t, url, quickTime())
    for (const each of [store, hasty]) await meet(each, SERIAL, NOW_MS)
    const readOnly = (value: 'on' | 'off') => setForAll(url, 'default_transaction_read_only', value)
    await readOnly('on')
    t.teardown(() => readOnly('off'))
    await t.rejects(hasty.load(SERIAL), { code: 'store' }, 'it may show the past')
    const counting = count(store)
    await t.rejects(count(hasty), { code: 'store' })
    await readOnly('off')
    t.equal(await counting, 1)
  })

  t.test('what stands in the way of others is done again', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    await meet(store, SERIAL, NOW_MS)
    const other = await otherClient(t, url)

    // A deadlock: each waits for a row of the other. The other one does not look for it.
    await other.query(`SET deadlock_timeout = '1min'; BEGIN; SELECT * FROM processes FOR UPDATE`)
    const counting = count(store)
    await untilWaiting(other)
    await other.query('UPDATE thermostats SET last_seen_at_ms = 0')
    await other.query('ROLLBACK')
    t.equal(await counting, 1, '40P01')

    await failWrites(other, '40001', 2)
    t.equal(await count(store), 2, '40001')
    await failWrites(other, '40001', 1)
    await store.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 1 }]]))
  })

  t.test('a decision whose connection is ended by the administrator is made again', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    await meet(store, SERIAL, NOW_MS)
    const other = await otherClient(t, url)
    await other.query('BEGIN; UPDATE thermostats SET last_seen_at_ms = 0')
    const counting = count(store)
    const pid = await untilWaiting(other)
    await other.query('SELECT pg_terminate_backend($1)', [pid])
    await other.query('COMMIT')
    t.equal(await counting, 1, '57P01')
  })

  t.test('a full disk and a time limit are said, and work goes on after them', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url, quickTime())
    await meet(store, SERIAL, NOW_MS)
    const other = await otherClient(t, url)
    const cases = [
      ['53100', 'full', /disk is full/],
      ['57014', 'away', /takes no writes/],
      ['53200', 'away', /takes no writes/],
    ] as const
    for (const [code, kind, message] of cases) {
      await failWrites(other, code, 1_000)
      const failure: unknown = await count(store).catch((error) => error)
      t.match(failure, { code: 'store', message }, code)
      t.same(store.troubleOf(failure), { kind, code })
      await failWrites(other, code, 0)
    }
    t.equal(await count(store), 1, 'and nothing of them is on file')
  })

  t.test('too many connections are waited for', async (t) => {
    const url = await postgres.database()
    const role = `few_${url.slice(-12)}`
    const name = url.slice(url.lastIndexOf('/') + 1)
    await postgres.run(url, `CREATE ROLE ${role} LOGIN; ALTER DATABASE ${name} OWNER TO ${role}`)
    const store = await opened(t, url.replace('postgres@', `${role}@`))
    await meet(store, SERIAL, NOW_MS)
    const limit = (connections: number) =>
      postgres.run(
        url,
        `ALTER ROLE ${role} CONNECTION LIMIT ${connections};
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`,
      )
    await limit(0)
    const counting = count(store)
    const ready = await store.shared.isReady()
    const reading = store.load(SERIAL)
    await limit(-1)
    t.equal(ready, false, '53300')
    t.equal(await counting, 1)
    t.ok((await reading).device)
  })

  t.test('what no standby has confirmed is not acknowledged', async (t) => {
    const url = await postgres.database()
    const store = await opened(t, url)
    await meet(store, SERIAL, NOW_MS)
    const standby = (names: string) => setForAll(url, 'synchronous_standby_names', names)
    await standby('nobody')
    t.teardown(() => standby(''))
    const counting = count(store)
    // As an operator does, or the time limit of the statement.
    const cancelled = postgres.run(
      url,
      `DO $$ BEGIN LOOP
         PERFORM pg_stat_clear_snapshot();
         PERFORM pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep';
         EXIT WHEN FOUND;
         PERFORM pg_sleep(0.02);
       END LOOP; END $$`,
    )
    await t.rejects(counting, { code: 'store' })
    await cancelled
    await standby('')
    t.equal(await count(store), 2, 'it is on file here, and counts from now on')
  })
})

/** Sets it for every session of the PostgreSQL; those that are there are told before a new one begins. */
async function setForAll(url: string, setting: string, value: string): Promise<void> {
  await runSql(url, `ALTER SYSTEM SET ${setting} = '${value}'`)
  await runSql(url, 'SELECT pg_reload_conf()')
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query(`SELECT current_setting('${setting}') AS value`)
    await client.end()
    if ((rows[0] as { value: string }).value === value) return
  }
}

/** A session beside those of the store. */
async function otherClient(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** Resolves once a session waits for a lock of another one, to its process id. */
async function untilWaiting(client: pg.Client): Promise<number> {
  for (;;) {
    const { rows } = await client.query('SELECT pid FROM pg_locks WHERE NOT granted')
    const [waiting] = rows as { pid: number }[]
    if (waiting !== undefined) return waiting.pid
  }
}

/** Lets the next writes of thermostats fail with a code of PostgreSQL, so many times. */
async function failWrites(client: pg.Client, code: string, times: number): Promise<void> {
  await client.query(`
    CREATE SEQUENCE IF NOT EXISTS failures;
    ALTER SEQUENCE failures RESTART;
    CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('failures') <= ${times} THEN RAISE EXCEPTION USING ERRCODE = '${code}'; END IF;
      RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON thermostats
      FOR EACH STATEMENT EXECUTE FUNCTION fail()`)
}

async function opened(t: Test, url: string, time?: EngineTime): Promise<PostgresStore> {
  const store = await PostgresStore.open(url, time)
  t.teardown(() => store.close())
  return store
}

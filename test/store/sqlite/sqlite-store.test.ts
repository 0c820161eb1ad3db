import { join } from 'node:path'
import t from 'tap'
import { advanced } from '../../../src/protocol/bucket.ts'
import { connect } from '../../../src/store/sqlite/connect.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'
import { type Engine, NOW_MS, SERIAL, storeSuite } from '../store-suite.ts'

const SHARED = `shared.${SERIAL}`

/** The file of each store that was opened here, and the store that has it open now. */
const files = new WeakMap<Store, { readonly path: string; current: Store }>()

const engine: Engine = {
  hasOwnClock: true,
  async open(t) {
    const path = join(t.testdir(), 'nle.sqlite')
    const file = { path, current: new SqliteStore(path, { nowMs: NOW_MS }) as Store }
    files.set(file.current, file)
    t.teardown(() => file.current.close())
    return file.current
  },
  async reopen(store) {
    const file = files.get(store)
    if (file === undefined) throw new Error('this store was not opened here')
    store.close()
    file.current = new SqliteStore(file.path, { nowMs: NOW_MS })
    files.set(file.current, file)
    return file.current
  },
}

storeSuite(t, engine)

t.test('a reader, and a writer beside a server, leave the clock of the server alone', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const server = new SqliteStore(path, { nowMs: NOW_MS })
  const now = { wallMs: 60_000, steadyMs: 0 }
  t.equal(await server.keepTime(now), 60_000)
  for (const options of [{ readonly: true }, { besideServer: true }]) {
    new SqliteStore(path, { nowMs: NOW_MS, ...options }).close()
    t.equal(await server.keepTime(now), undefined, 'it is noted still')
  }
  server.close()
})

t.test('S10: a bucket with an absurd version gets a right one with its next change', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const before = new SqliteStore(path, { nowMs: NOW_MS })
  await meet(before, SERIAL, NOW_MS)
  const bucket = { objectKey: SHARED, revision: 5, timestamp: NOW_MS, value: { n: 1 } }
  await decide(before, SERIAL, (draft) => draft.putBucket(bucket, ''))
  before.close()
  const db = connect(path, {})
  db.exec('UPDATE buckets SET revision = 8640000000000000, timestamp = 8640000000000000')
  db.close()
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  t.teardown(() => store.close())
  await decide(store, SERIAL, (draft) => {
    const stored = draft.bucket(SHARED)
    draft.putBucket(advanced(stored, SHARED, { n: 2 }, NOW_MS + 5), '')
  })
  t.match(await store.bucketSummaries(SERIAL), [{ timestamp: NOW_MS + 5 }])
  t.match((await store.load(SERIAL)).buckets.get(SHARED), {
    timestamp: NOW_MS + 5,
    value: { n: 2 },
  })
})

t.test('a turn whose commit failed leaves nothing in the states read after it', async (t) => {
  const turns: (() => void)[] = []
  const path = join(t.testdir({}), 'nle.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS }, (flush) => turns.push(flush))
  t.teardown(() => store.close())
  const endTurn = (): void => {
    for (const flush of turns.splice(0)) flush()
  }
  const met = meet(store, SERIAL, NOW_MS)
  endTurn()
  await met
  // Violated by each update, and checked at the commit only.
  const other = connect(path, {})
  other.exec(`
    CREATE TABLE checked (serial TEXT REFERENCES devices DEFERRABLE INITIALLY DEFERRED) STRICT;
    CREATE TRIGGER refuse AFTER UPDATE ON devices
      BEGIN INSERT INTO checked VALUES ('nobody'); END;`)
  other.close()
  const seen = store.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 5 }]]))
  t.equal((await store.load(SERIAL)).device?.lastSeenAtMs, NOW_MS + 5, 'in the same turn')
  endTurn()
  await t.rejects(seen, { code: 'store' })
  t.equal((await store.load(SERIAL)).device?.lastSeenAtMs, NOW_MS)
})

t.test('what is not shown is not even read', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const seeded = new SqliteStore(path, { nowMs: NOW_MS })
  const long = 'x'.repeat(60_000)
  for (const type of ['device', 'shared', 'schedule']) {
    await putBucket(seeded, SERIAL, `${type}.${SERIAL}`, { name: 'Hall', long })
  }
  await putBucket(seeded, SERIAL, 'where.1', { wheres: [] })
  await putBucket(seeded, SERIAL, 'junk.1', { a: 1 })
  await putBucket(seeded, SERIAL, `shared.${SERIAL}`, { name: 'Hall' })
  seeded.close()
  const read: string[] = []
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  t.teardown(() => store.close())
  const parse = t.capture(JSON, 'parse', JSON.parse)
  t.match((await store.shown(SERIAL)).buckets.get(`shared.${SERIAL}`)?.value, { name: 'Hall' })
  await store.shown(SERIAL)
  for (const { args } of parse()) read.push(String(args[0]))
  t.strictSame(read, ['{"name":"Hall"}'], 'once, for both questions')
})

t.test('of a failed commit nothing is shown', async (t) => {
  const turns: (() => void)[] = []
  const path = join(t.testdir({}), 'nle.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS }, (flush) => turns.push(flush))
  t.teardown(() => store.close())
  const met = meet(store, SERIAL, NOW_MS)
  for (const flush of turns.splice(0)) flush()
  await met
  const other = connect(path, {})
  other.exec(`
    CREATE TABLE checked (serial TEXT REFERENCES devices DEFERRABLE INITIALLY DEFERRED) STRICT;
    CREATE TRIGGER refuse AFTER INSERT ON buckets
      BEGIN INSERT INTO checked VALUES ('nobody'); END;`)
  other.close()
  const put = putBucket(store, SERIAL, `shared.${SERIAL}`, { name: 'Hall' })
  t.equal((await store.shown(SERIAL)).buckets.size, 1, 'in the same turn')
  for (const flush of turns.splice(0)) flush()
  await t.rejects(put, { code: 'store' })
  t.equal((await store.shown(SERIAL)).buckets.size, 0)
})

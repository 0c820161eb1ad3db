import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { inspect } from '../../../src/store/sqlite/database-copy.ts'
import { copyPath } from '../../../src/store/sqlite/left-copy.ts'
import { copyWhileServing } from '../../../src/store/sqlite/serving-copy.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { meet, putBucket } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC0000000001'
const NOW_MS = 1_760_000_000_000

/** A store with some 300 kB, left open as by a server. */
async function serving(t: Test): Promise<{ store: Store; path: string; copy: string }> {
  const path = join(t.testdir({}), 'nle.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  t.teardown(() => store.close())
  await meet(store, SERIAL, NOW_MS)
  for (let n = 0; n < 30; n++) await put(store, n, 1)
  await store.setServer({ pid: 1, deviceUrl: 'http://a', controlUrl: 'http://b', startedAtMs: 1 })
  return { store, path, copy: copyPath(path) }
}

function put(store: Store, n: number, revision: number): Promise<void> {
  const value = { text: String(n % 10).repeat(10_000) }
  return putBucket(store, SERIAL, `where.${n}`, value, { revision, timestamp: 1 })
}

t.test('copies one instant in many turns, while the server goes on writing', async (t) => {
  const { store, path, copy } = await serving(t)
  let turns = 0
  const writes: Promise<void>[] = []
  const isWanted = (): boolean => {
    turns += 1
    writes.push(put(store, turns % 30, 2), put(store, 100 + turns, 2))
    return true
  }
  await copyWhileServing(path, copy, { withHistory: true, nowMs: NOW_MS, isWanted })
  await Promise.all(writes)
  t.ok(turns >= 3, `it took ${turns} turns`)
  const copied = new SqliteStore(copy, { readonly: true, nowMs: NOW_MS })
  t.teardown(() => copied.close())
  const { buckets } = await copied.load(SERIAL)
  t.equal(buckets.size, 30, 'nothing that came later')
  t.ok([...buckets.values()].every(({ revision }) => revision === 1))
  t.equal(await copied.server(), undefined, 'it does not claim that anybody serves it')
  t.equal((await store.load(SERIAL)).buckets.size, 30 + turns, 'and nothing was lost')
})

t.test('is one sound file that only its owner may read', async (t) => {
  const { path, copy } = await serving(t)
  writeFileSync(copy, 'what a killed server has left')
  await copyWhileServing(path, copy, { withHistory: true, nowMs: NOW_MS, isWanted: () => true })
  t.same(inspect(copy, NOW_MS), { thermostats: 1, paired: 0, buckets: 30 })
  t.equal(statSync(copy).mode & 0o777, 0o600)
  const beside = readdirSync(t.testdirName).filter((name) =>
    name.startsWith('nle.sqlite.being-sent'),
  )
  t.same(beside, ['nle.sqlite.being-sent'])
})

t.test('ends, and leaves nothing, when nobody wants it any more', async (t) => {
  const { path, copy } = await serving(t)
  let asked = 0
  const isWanted = (): boolean => ++asked < 2
  const copying = copyWhileServing(path, copy, { withHistory: true, nowMs: NOW_MS, isWanted })
  await t.rejects(copying, { code: 'cancelled' })
  t.notOk(existsSync(copy))
})

import {
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync as readBytes,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import t, { type Test } from 'tap'
import { main } from '../../../src/commands/main.ts'
import { backUp, inspect, restore } from '../../../src/store/sqlite/database-copy.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { memoryIo } from '../../commands/memory-io.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC0000000001'
const NOW_MS = 1_760_000_000_000
const key = `shared.${SERIAL}`

function folder(t: Test) {
  const dir = t.testdir({})
  return { dir, path: join(dir, 'nle.sqlite'), file: join(dir, 'backup.sqlite') }
}

/** A store with one paired thermostat, left open as by a server. */
async function serving(t: Test, path: string): Promise<Store> {
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  t.teardown(() => store.close())
  await meet(store, SERIAL, NOW_MS)
  await decide(store, SERIAL, (draft) =>
    draft.setOwner({ userId: 'homeassistant', createdAtMs: NOW_MS }),
  )
  await put(store, 1)
  const urls = { deviceUrl: 'http://a', controlUrl: 'http://b' }
  await store.setServer({ pid: 1, ...urls, startedAtMs: NOW_MS })
  return store
}

function put(store: Store, revision: number): Promise<void> {
  return putBucket(store, SERIAL, key, {}, { revision, timestamp: revision })
}

function revisionIn(path: string): Promise<number | undefined> {
  return withReader(path, async (store) => (await store.load(SERIAL)).buckets.get(key)?.revision)
}

async function withReader<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = new SqliteStore(path, { readonly: true, nowMs: NOW_MS })
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

t.test('a backup made while serving has what is committed, in one file', async (t) => {
  const { dir, path, file } = folder(t)
  const store = await serving(t, path)
  const written = put(store, 2)
  // Another process looks in the middle of a transaction.
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  await written
  t.equal(await revisionIn(file), 1, 'not what may still be undone')
  const facts = backUp(path, file, { replace: true, nowMs: NOW_MS })
  t.strictSame(facts, { thermostats: 1, paired: 1, buckets: 1 })
  t.equal(await revisionIn(file), 2)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.strictSame(
    readdirSync(dir).filter((name) => name.startsWith('backup')),
    ['backup.sqlite'],
  )
  const server = await withReader(file, (copy) => copy.server())
  t.equal(server, undefined, 'and does not claim that anybody serves it')
})

t.test('a backup is also restored for a try, which leaves nothing', async (t) => {
  const { dir, path, file } = folder(t)
  await serving(t, path)
  const facts = backUp(path, file, { replace: false, tryRestore: true, nowMs: NOW_MS })
  t.strictSame(facts, { thermostats: 1, paired: 1, buckets: 1 })
  t.strictSame(
    readdirSync(dir).filter((name) => name.startsWith('backup')),
    ['backup.sqlite'],
  )
})

t.test('a file that is there is not replaced unasked, and no database is no backup', async (t) => {
  const { path, file } = folder(t)
  writeFileSync(file, 'something')
  t.throws(() => backUp(path, file, { replace: false, nowMs: NOW_MS }), { code: 'in_use' })
  t.throws(() => backUp(path, file, { replace: true, nowMs: NOW_MS }), { code: 'not_found' })
  t.ok(existsSync(file), 'what was there is still there')
  t.notOk(existsSync(path))
})

t.test('a restore replaces the database, and keeps what was there', async (t) => {
  const { path, file } = folder(t)
  const before = new SqliteStore(path, { nowMs: NOW_MS })
  await put(before, 1)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  await put(before, 7)
  before.close()
  const kept = restore(file, path, NOW_MS)
  t.equal(await revisionIn(path), 1)
  t.equal(kept, `${path}.before-restore-20251009T085320`)
  t.equal(await revisionIn(kept ?? ''), 7)
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('a restore after a crash takes no log of the old database along', async (t) => {
  const { dir, path, file } = folder(t)
  const store = await serving(t, path)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  await put(store, 9)
  // The process is gone, its files are not.
  const crashed = join(dir, 'crashed.sqlite')
  for (const suffix of ['', '-wal']) {
    writeFileSync(crashed + suffix, readBytes(path + suffix))
  }
  const kept = restore(file, crashed, NOW_MS)
  t.equal(await revisionIn(crashed), 1)
  t.equal(await revisionIn(kept ?? ''), 9, 'nor is it lost')
})

t.test(
  'a damaged database is replaced all the same, where there is none one is made',
  async (t) => {
    const { dir, path, file } = folder(t)
    const store = await serving(t, path)
    backUp(path, file, { replace: false, nowMs: NOW_MS })
    await store.setServer(undefined)
    const damaged = join(dir, 'damaged.sqlite')
    writeFileSync(damaged, 'no database at all')
    writeFileSync(`${damaged}-wal`, 'nor a log')
    const kept = restore(file, damaged, NOW_MS)
    t.equal(readBytes(`${kept}-wal`, 'utf8'), 'nor a log', 'its log goes with it')
    t.notOk(existsSync(`${damaged}-wal`))
    t.equal(await revisionIn(damaged), 1)
    const missing = join(dir, 'new', 'nle.sqlite')
    t.equal(restore(file, missing, NOW_MS), undefined)
    t.equal(await revisionIn(missing), 1)
  },
)

t.test('what is no sound backup replaces nothing', async (t) => {
  const { dir, path, file } = folder(t)
  const store = await serving(t, path)
  await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      putBucket(store, SERIAL, `message.${SERIAL}.${i}`, { x: 'x'.repeat(500) }),
    ),
  )
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  const bytes = readBytes(file)
  const damaged = join(dir, 'damaged.sqlite')
  writeFileSync(
    damaged,
    Buffer.concat([bytes.subarray(0, 20_000), Buffer.alloc(bytes.length - 20_000, 7)]),
  )
  const other = join(dir, 'other.sqlite')
  new SqliteDatabase(other).exec('CREATE TABLE states (serial)').close()
  const newer = join(dir, 'newer.sqlite')
  writeFileSync(newer, bytes)
  const raised = new SqliteDatabase(newer)
  raised.pragma('user_version = 999')
  raised.close()
  const target = join(dir, 'target.sqlite')
  const rows: [string, { code: string; message?: RegExp }][] = [
    [damaged, { code: 'unfit', message: /damaged/ }],
    [other, { code: 'unfit', message: /nle import/ }],
    [newer, { code: 'unfit', message: /newer nle/ }],
    [join(dir, 'none'), { code: 'not_found' }],
  ]
  for (const [name, error] of rows) {
    t.throws(() => restore(name, target, NOW_MS), error, name)
    t.notOk(existsSync(target), name)
  }
  t.match(inspect(file, NOW_MS), { buckets: 201 })
})

t.test('a backup is looked at without the schema of this nle', async (t) => {
  const { path, file } = folder(t)
  await serving(t, path)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  const older = new SqliteDatabase(file)
  older.exec('DROP TABLE changes')
  older.close()
  t.strictSame(inspect(file, NOW_MS), { thermostats: 1, paired: 1, buckets: 1 })
})

t.test('nothing is restored under a server that runs', async (t) => {
  const { path, file } = folder(t)
  await serving(t, path)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  const lock = StoreLock.tryAcquire(path, 0)
  t.teardown(() => lock?.release())
  t.throws(() => restore(file, path, NOW_MS), { code: 'in_use' })
})

t.test('the database is no backup of itself, by whatever name', async (t) => {
  const { dir, path } = folder(t)
  const store = await serving(t, path)
  const lock = StoreLock.tryAcquire(path, 0)
  linkSync(path, join(dir, 'hard.sqlite'))
  symlinkSync(path, join(dir, 'soft.sqlite'))
  const own = [path, `${path}-wal`, `${path}.lock`, join(dir, 'hard.sqlite')]
  for (const file of [...own, join(dir, 'soft.sqlite'), join(dir, '.', 'nle.sqlite')]) {
    for (const replace of [true, false]) {
      t.throws(
        () => backUp(path, file, { replace, nowMs: NOW_MS }),
        { code: 'invalid', message: /part of the database itself/ },
        file,
      )
    }
  }
  t.equal(await revisionIn(path), 1, 'it is as before')
  await t.resolves(put(store, 2), 'and is served as before')
  lock?.release()
  for (const file of [path, join(dir, 'soft.sqlite')]) {
    t.throws(() => restore(file, path, NOW_MS), { code: 'invalid', message: /database itself/ })
  }
  t.same(
    readdirSync(dir).filter((name) => /before-restore|restoring|part/.test(name)),
    [],
  )
  const { io, stderr } = memoryIo()
  t.equal(await main(['restore', path, '--db', path], io), 2)
  t.match(stderr(), /database itself/, 'before anything is asked')
})

t.test('of two restores within a second, both keep what was there', async (t) => {
  const { path, file } = folder(t)
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await put(store, 1)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  await put(store, 7)
  store.close()
  const first = restore(file, path, NOW_MS)
  const again = new SqliteStore(path, { nowMs: NOW_MS })
  await put(again, 8)
  again.close()
  const second = restore(file, path, NOW_MS + 300)
  t.equal(second, `${first}-2`)
  t.equal(await revisionIn(first ?? ''), 7)
  t.equal(await revisionIn(second ?? ''), 8)
})

t.test(
  'the files of a server that runs, copied as they are, are a backup with its log',
  async (t) => {
    const { dir, path } = folder(t)
    const store = await serving(t, path)
    await put(store, 5)
    const copy = join(dir, 'copy.sqlite')
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix)
    const target = join(dir, 'target.sqlite')
    restore(copy, target, NOW_MS)
    t.equal(await revisionIn(target), 5)
  },
)

t.test('behind a link, the file itself is replaced', async (t) => {
  const { dir, path, file } = folder(t)
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await put(store, 1)
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  store.close()
  const link = join(dir, 'link.sqlite')
  symlinkSync(path, link)
  restore(file, link, NOW_MS)
  t.equal(realpathSync(link), realpathSync(path))
})

t.test('what can be no backup, and where none can be written, is said in words', async (t) => {
  const { dir, path, file } = folder(t)
  await serving(t, path)
  const text = join(dir, 'text')
  writeFileSync(text, 'a letter, and no database. '.repeat(100))
  writeFileSync(join(dir, 'empty'), '')
  const saved: [string, { code: string; message: RegExp }][] = [
    [dir, { code: 'invalid', message: /is a folder\. Name a file, such as .*nle\.sqlite/ }],
    [join(dir, 'none', 'x'), { code: 'not_found', message: /There is no folder .*none\. Make it/ }],
    [join(text, 'x'), { code: 'store', message: /what should be its folder is a file/ }],
    ['/dev/null', { code: 'invalid', message: /is not a file/ }],
  ]
  for (const [target, error] of saved) {
    t.throws(() => backUp(path, target, { replace: true, nowMs: NOW_MS }), error, target)
  }
  const target = join(dir, 'target.sqlite')
  const restored: [string, { code: string; message: RegExp }][] = [
    [dir, { code: 'invalid', message: /is a folder/ }],
    [
      text,
      { code: 'unfit', message: /cannot be used: it is not a database\. Nothing was changed/ },
    ],
    [join(dir, 'empty'), { code: 'unfit', message: /is empty/ }],
  ]
  for (const [from, error] of restored) {
    t.throws(() => restore(from, target, NOW_MS), error, from)
  }
  backUp(path, file, { replace: false, nowMs: NOW_MS })
  t.throws(() => restore(file, dir, NOW_MS), { code: 'invalid', message: /is a folder/ })
  t.throws(() => restore(file, join(text, 'x'), NOW_MS), {
    code: 'store',
    message: /what should be its folder is a file/,
  })
  t.notOk(existsSync(`${dir}.lock`), 'and no lock is left beside a folder')
})

t.test('on the command line', async (t) => {
  const { path, file } = folder(t)
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await meet(store, SERIAL, NOW_MS)
  store.close()
  const saved = memoryIo()
  t.equal(await main(['backup', file, '--db', path, '--json'], saved.io), 0)
  t.match(JSON.parse(saved.stdout()), { file, database: path, thermostats: 1, paired: 0 })
  t.equal(await main(['backup', file, '--db', path], memoryIo().io), 8, 'the file is there')
  t.equal(await main(['restore', file, '--db', path], memoryIo().io), 2, 'nobody to ask')
  const lock = StoreLock.tryAcquire(path, 0)
  t.equal(await main(['restore', file, '--db', path], memoryIo().io), 8, 'refused unasked')
  lock?.release()
  const no = memoryIo({ interactive: true, typed: '\n' })
  t.equal(await main(['restore', file, '--db', path], no.io), 130)
  const yes = memoryIo()
  t.equal(await main(['restore', file, '--db', path, '--yes'], yes.io), 0)
  t.match(yes.stdout(), /1 thermostat \(0 paired\), 0 buckets/)
  t.match(yes.stderr(), /before-restore/)
})

import {
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { NleError } from '../../../src/errors.ts'
import { backUp, restore } from '../../../src/store/copies.ts'
import { openBesideServer, openForReading } from '../../../src/store/open.ts'
import { connect } from '../../../src/store/sqlite/connect.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { MIGRATIONS } from '../../../src/store/sqlite/migrations.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { VERSION } from '../../../src/version.ts'
import { mountingRefused, secondPath } from '../../helpers/disk-limits.ts'
import { meet } from '../../helpers/seed-store.ts'

const NOW_MS = 1_707_148_800_000
const SERIAL = '02AA01AC12345678'

const fileIn = (t: Test): string => join(t.testdir(), 'nle.sqlite')

/** Why a database is not opened. */
function refusal(path: string, readonly = false): { code: string; message: string } {
  try {
    openDatabase(path, { nowMs: NOW_MS, readonly }).close()
  } catch (error) {
    const { code, message } = error as NleError
    return { code, message }
  }
  return { code: 'none', message: 'it was opened' }
}

t.test('a new database has every step of the schema, and says by whom and when', async (t) => {
  const path = fileIn(t)
  const db = openDatabase(path, { nowMs: NOW_MS })
  t.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length)
  t.strictSame(
    db.prepare('SELECT version, nle_version, applied_at_ms FROM schema_history').all(),
    MIGRATIONS.map((_, i) => ({ version: i + 1, nle_version: VERSION, applied_at_ms: NOW_MS })),
  )
  t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
  t.equal(db.pragma('synchronous', { simple: true }), 2, 'FULL')
  t.equal(db.pragma('foreign_keys', { simple: true }), 1)
  t.equal(
    db.pragma('cache_size', { simple: true }),
    -2000,
    'KiB: no more than that of a large file',
  )
  const tables = db
    .prepare(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all() as { name: string; strict: number }[]
  for (const { name, strict } of tables) t.equal(strict, 1, `${name} is STRICT`)
  db.close()
})

t.test('opening it again changes nothing', async (t) => {
  const path = fileIn(t)
  openDatabase(path, { nowMs: NOW_MS }).close()
  const before = readFileSync(path)
  const db = openDatabase(path, { nowMs: NOW_MS + 1 })
  t.equal(db.prepare('SELECT count(*) FROM schema_history').pluck().get(), MIGRATIONS.length)
  db.close()
  t.ok(readFileSync(path).equals(before))
})

t.test('folder and file are for their owner alone', async (t) => {
  const path = join(t.testdir(), 'a', 'b', 'nle.sqlite')
  openDatabase(path, { nowMs: NOW_MS }).close()
  const mode = (of: string): number => statSync(of).mode & 0o777
  t.equal(mode(dirname(path)), 0o700)
  t.equal(mode(path), 0o600)
  chmodSync(path, 0o640)
  openDatabase(path, { nowMs: NOW_MS }).close()
  t.equal(mode(path), 0o640, 'whoever gave others a look at it, keeps it so')
})

t.test(
  'an older database is brought up to date, and kept as it was for the way back',
  async (t) => {
    const path = fileIn(t)
    const old = connect(path, {})
    for (const { sql } of MIGRATIONS.slice(0, 1)) old.exec(sql)
    old.prepare('INSERT INTO schema_history VALUES (1, ?, 0)').run('0.0.1')
    old
      .prepare('INSERT INTO devices (serial, first_seen_at_ms, last_seen_at_ms) VALUES (?, 1, 2)')
      .run('02AA01AC12345678')
    old.pragma('user_version = 1')
    old.pragma(`application_id = ${0x6e6c6531}`)
    old.close()
    // Of an upgrade that broke off.
    writeFileSync(`${path}.v1.bak.part`, 'half')
    const db = openDatabase(path, { nowMs: NOW_MS })
    t.teardown(() => db.close())
    t.equal(db.pragma('user_version', { simple: true }), MIGRATIONS.length)
    t.equal(db.prepare('SELECT serial FROM devices').pluck().get(), '02AA01AC12345678')
    const backup = `${path}.v1.bak`
    t.equal(statSync(backup).mode & 0o777, 0o600)
    t.throws(() => statSync(`${backup}.part`))
    const before = connect(backup, { readonly: true })
    t.teardown(() => before.close())
    t.equal(before.pragma('user_version', { simple: true }), 1)
    t.equal(before.prepare('SELECT serial FROM devices').pluck().get(), '02AA01AC12345678')
  },
)

t.test(
  'the pinned passwords of an older database are known ones; its reader has none',
  async (t) => {
    const path = fileIn(t)
    const old = connect(path, {})
    for (const { sql } of MIGRATIONS.slice(0, 5)) old.exec(sql)
    old.exec(`
    INSERT INTO schema_history VALUES (5, '0.0.5', 0);
    INSERT INTO devices (serial, first_seen_at_ms, last_seen_at_ms) VALUES ('${SERIAL}', 1, 2);
    INSERT INTO entry_keys VALUES ('AAAAAAA', '${SERIAL}', 1, 100, NULL, NULL);
    INSERT INTO device_pins VALUES ('${SERIAL}', '00', 'ff', 7);
  `)
    old.pragma('user_version = 5')
    old.pragma(`application_id = ${0x6e6c6531}`)
    old.close()
    const load = async (readonly: boolean) => {
      const store = new SqliteStore(path, { nowMs: NOW_MS, readonly })
      try {
        return await store.load(SERIAL)
      } finally {
        store.close()
      }
    }
    const before = await load(true)
    t.match(before, { device: { isPinned: false }, entryKeys: [{ code: 'AAAAAAA', asker: null }] })
    t.equal(before.password, undefined)
    t.match(await load(false), {
      password: { salt: '00', hash: 'ff', sinceMs: 7, otherSeenAtMs: null },
      device: { isPinned: false },
      entryKeys: [{ code: 'AAAAAAA', asker: null }],
    })
  },
)

t.test('reading creates nothing', async (t) => {
  const path = fileIn(t)
  t.match(refusal(path, true), { code: 'not_found', message: /"nle serve" creates it/ })
  t.throws(() => statSync(path))
})

t.test('what cannot be opened is refused in words, and left as it was', async (t) => {
  const path = fileIn(t)
  const foreign = connect(path, {})
  foreign.exec('CREATE TABLE recipes (name TEXT)')
  foreign.close()
  t.match(refusal(path), { code: 'unfit', message: /database of another program/ })
  t.match(refusal(path, true), { code: 'unfit', message: /database of another program/ })

  const marked = join(dirname(path), 'marked.sqlite')
  const other = connect(marked, {})
  other.pragma('application_id = 1234')
  other.exec('VACUUM')
  other.close()
  t.match(refusal(marked), { code: 'unfit', message: /another program/ })

  const text = join(dirname(path), 'text.sqlite')
  writeFileSync(
    text,
    'this is a letter to my aunt, not a database, and long enough to be one. '.repeat(20),
  )
  const before = readFileSync(text)
  t.match(refusal(text), { code: 'unfit', message: /damaged or not a database\. Nothing was/ })
  t.ok(readFileSync(text).equals(before))

  const folder = join(dirname(path), 'folder')
  t.match(refusal(join(text, 'nle.sqlite')), { code: 'store', message: /cannot be opened/ })
  openDatabase(join(folder, 'nle.sqlite'), { nowMs: NOW_MS }).close()
  t.match(refusal(folder), { code: 'invalid', message: /is a folder\. Name a file/ })
})

t.test('a file that is damaged inside is refused', async (t) => {
  const path = fileIn(t)
  openDatabase(path, { nowMs: NOW_MS }).close()
  const bytes = readFileSync(path)
  bytes.fill(0xff, 100, 4096)
  writeFileSync(path, bytes)
  t.match(refusal(path), { code: 'unfit', message: /damaged/ })
})

t.test(
  'a folder that cannot be written is refused',
  {
    skip: process.getuid?.() === 0 ? 'root may write everywhere' : false,
  },
  async (t) => {
    const folder = t.testdir({ locked: {} })
    const path = join(folder, 'locked', 'nle.sqlite')
    chmodSync(dirname(path), 0o500)
    t.match(refusal(path), { code: 'store', message: /cannot be (written|opened)/ })
    t.throws(() => StoreLock.tryAcquire(path, 0), { code: 'store' })
    chmodSync(dirname(path), 0o700)
  },
)

t.test('a database of a newer nle is refused, and read neither', async (t) => {
  const path = fileIn(t)
  const db = openDatabase(path, { nowMs: NOW_MS })
  db.prepare('INSERT INTO schema_history VALUES (?, ?, 0)').run(MIGRATIONS.length + 1, '9.9.9')
  db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
  db.close()
  const words = {
    code: 'unfit',
    message: /newer nle \(9\.9\.9\); this is .*Start nle 9\.9\.9 or later/,
  }
  t.match(refusal(path), words)
  t.match(refusal(path, true), words)
})

t.test('the lock: one holder at a time, given up by whoever ends', async (t) => {
  const path = fileIn(t)
  t.equal(StoreLock.isHeld(path), false)
  const lock = StoreLock.tryAcquire(path, 0)
  t.ok(lock)
  t.equal(StoreLock.isHeld(path), true)
  t.equal(StoreLock.tryAcquire(path, 0), undefined)
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  t.ok(store, 'it stands beside the database and keeps no reader out')
  store.close()
  lock?.release()
  t.equal(StoreLock.isHeld(path), false)
  const next = StoreLock.tryAcquire(path, 0)
  t.ok(next)
  next?.release()
  t.equal(statSync(`${path}.lock`).mode & 0o777, 0o600)
})

t.test('a database that is named by a symbolic link has one lock', async (t) => {
  const folder = t.testdir({ real: {} })
  const path = join(folder, 'real', 'nle.sqlite')
  const linkedFile = join(folder, 'nle.sqlite')
  const linkedFolder = join(folder, 'link')
  symlinkSync(join(folder, 'real'), linkedFolder)
  const early = StoreLock.tryAcquire(join(linkedFolder, 'nle.sqlite'), 0)
  t.equal(StoreLock.isHeld(path), true, 'before the file is made')
  early?.release()

  new SqliteStore(path, { nowMs: NOW_MS }).close()
  symlinkSync(path, linkedFile)
  const lock = StoreLock.tryAcquire(path, 0)
  t.equal(StoreLock.tryAcquire(linkedFile, 0), undefined)
  t.equal(StoreLock.isHeld(linkedFile), true)
  lock?.release()
})

/** Checks that no process uses a database under this path. */
function refusesAll(t: Test, path: string, words: RegExp): void {
  const error = { code: 'unfit', message: words }
  t.throws(() => StoreLock.tryAcquire(path, 0), error, 'serve, import, unpair')
  t.throws(() => openBesideServer(path, NOW_MS), error, 'token')
  t.throws(() => openForReading(path, NOW_MS), error, 'devices')
  const copy = `${path}.copy`
  t.throws(() => backUp(path, copy, { replace: false, nowMs: NOW_MS }), error, 'backup')
  t.throws(() => restore(fileOf(t, 'backup.sqlite'), path, NOW_MS), error, 'restore')
}

/** A database beside that of the test. */
function fileOf(t: Test, name: string): string {
  const path = join(t.testdirName, name)
  if (!existsSync(path)) openDatabase(path, { nowMs: NOW_MS }).close()
  return path
}

t.test('a database with hard links is not used under any of its names', async (t) => {
  const folder = t.testdir({})
  const path = fileOf(t, 'nle.sqlite')
  const other = join(folder, 'other.sqlite')
  linkSync(path, other)
  for (const each of [path, other]) refusesAll(t, each, /has 2 names.*-samefile.*keep one/)
  rmSync(other)
  StoreLock.tryAcquire(path, 0)?.release()
  restore(fileOf(t, 'backup.sqlite'), path, NOW_MS)
  StoreLock.tryAcquire(path, 0)?.release()
})

t.test(
  'a database that is mounted by itself is not used',
  { skip: mountingRefused() },
  async (t) => {
    t.testdir({})
    const path = fileOf(t, 'nle.sqlite')
    const mounted = secondPath(t, path)
    refusesAll(t, mounted, /is mounted by itself.*Mount its folder instead/)
    StoreLock.tryAcquire(path, 0)?.release()
  },
)

t.test('a folder that is mounted twice has one lock', { skip: mountingRefused() }, async (t) => {
  const path = fileIn(t)
  const second = secondPath(t, dirname(path))
  openDatabase(path, { nowMs: NOW_MS }).close()
  const lock = StoreLock.tryAcquire(path, 0)
  t.equal(StoreLock.tryAcquire(join(second, 'nle.sqlite'), 0), undefined)
  lock?.release()
})

t.test('who reads sees what is committed, while somebody writes', async (t) => {
  const path = fileIn(t)
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  const reader = new SqliteStore(path, { readonly: true, nowMs: NOW_MS })
  const done = meet(store, '02AA01AC12345678')
  t.strictSame(await reader.thermostats(), [], 'not before the commit')
  await done
  t.match(await reader.thermostats(), [{ serial: '02AA01AC12345678' }])
  await t.rejects(meet(reader, 'X'), { message: /for reading only/ })
  t.throws(() => reader.setServer(undefined), { message: /for reading only/ })
  reader.close()
  store.close()
})

t.test('the process that serves is on file until it stops', async (t) => {
  const store = new SqliteStore(fileIn(t), { nowMs: NOW_MS })
  const record = { pid: 42, deviceUrl: 'http://a:1', controlUrl: 'http://a:2', startedAtMs: NOW_MS }
  t.equal(await store.server(), undefined)
  await store.setServer(record)
  t.strictSame(await store.server(), record)
  await store.setServer({ ...record, pid: 43 })
  t.match(await store.server(), { pid: 43 })
  await store.setServer(undefined)
  t.equal(await store.server(), undefined)
  store.close()
})

import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import t, { type Test } from 'tap'
import { main } from '../../../src/commands/main.ts'
import { openHistory } from '../../../src/store/open-history.ts'
import { backUp, inspect, restore } from '../../../src/store/sqlite/database-copy.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { memoryIo } from '../../commands/memory-io.ts'
import { meet } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC0000000001'
const NOW_MS = 1_760_000_000_000
const ALL = { fromMs: 0, toMs: NOW_MS * 2 }

/** A database and its history with one chunk and one summary, and where to put a backup. */
async function household(t: Test) {
  const dir = t.testdir({ backups: {} })
  const path = join(dir, 'nle.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await meet(store, SERIAL)
  store.close()
  const history = join(dir, 'history.sqlite')
  await write(history, 1)
  return { dir, path, history, file: join(dir, 'backups', 'backup.sqlite') }
}

async function write(history: string, byte: number): Promise<void> {
  const store = openHistory(history)
  await store.append([
    { serial: SERIAL, fromMs: NOW_MS, untilMs: NOW_MS + 1, readings: Uint8Array.of(byte) },
  ])
  const totals = Uint8Array.of(byte)
  await store.summarize(SERIAL, [{ fromMs: 0, toMs: 9, slotMs: 9, totals }])
  store.close()
}

/** The bytes that a history has of the thermostat. */
async function read(history: string): Promise<number[]> {
  const store = openHistory(history)
  const chunks = await store.chunks(SERIAL, ALL)
  const summaries = await store.summaries(SERIAL, ALL, 9)
  store.close()
  return [...chunks.map(({ readings }) => readings), ...summaries.map(({ totals }) => totals)].map(
    (bytes) => bytes[0] ?? 0,
  )
}

const OPTIONS = { replace: true, nowMs: NOW_MS }

t.test(
  'a backup has the history, also while it is written, and a restore brings it back',
  async (t) => {
    const { path, history, file } = await household(t)
    const serving = openHistory(history)
    const facts = backUp(path, file, OPTIONS)
    serving.close()
    t.match(facts, { thermostats: 1, history: true })
    t.match(inspect(file, NOW_MS), { history: true })
    await write(history, 2)
    t.strictSame(await read(history), [2, 2])
    restore(file, path, NOW_MS)
    t.strictSame(await read(history), [1, 1])
    t.strictSame(await read(`${history}.before-restore`), [2, 2], 'the one before is kept')
    const db = new SqliteDatabase(path, { readonly: true })
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'history_%'")
    t.equal(tables.pluck().get(), 0, 'and is not in the database')
    db.close()
  },
)

t.test('--without-history leaves it out, and leaves it as it is', async (t) => {
  const { path, history, file } = await household(t)
  t.notOk(backUp(path, file, { ...OPTIONS, withoutHistory: true }).history)
  await write(history, 2)
  restore(file, path, NOW_MS)
  t.strictSame(await read(history), [2, 2], 'a backup without one changes none')
  backUp(path, file, OPTIONS)
  await write(history, 3)
  restore(file, path, NOW_MS, true)
  t.strictSame(await read(history), [3, 3])
})

t.test('a history that cannot be read does not keep a backup from being made', async (t) => {
  const { dir, path, history, file } = await household(t)
  writeFileSync(history, 'no database at all, but long enough to look like one'.repeat(100))
  const io = memoryIo()
  t.equal(await main(['backup', file, '--db', path], io.io), 0)
  t.match(io.stderr(), /The history is not in it, because it cannot be read: it is not a database/)
  t.match(io.stdout(), /1 thermostat \(0 paired\), 0 buckets, of/)
  t.strictSame(readdirSync(join(dir, 'backups')), ['backup.sqlite'])
})

t.test('a restore where there was no history brings that of the backup', async (t) => {
  const { dir, path, file } = await household(t)
  backUp(path, file, OPTIONS)
  const other = join(dir, 'backups', 'elsewhere.sqlite')
  const io = memoryIo()
  t.equal(await main(['restore', file, '--yes', '--db', other], io.io), 0)
  t.match(io.stdout(), /, with history\n/)
  t.strictSame(await read(`${other}.history`), [1, 1])
  t.notOk(existsSync(`${other}.history.restoring`))
})

import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { main } from '../../../src/commands/main.ts'
import { NleError } from '../../../src/errors.ts'
import { connect } from '../../../src/store/sqlite/connect.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { restore } from '../../../src/store/sqlite/database-copy.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { memoryIo } from '../../commands/memory-io.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'

const NOW_MS = 1_760_000_000_000
const PAGE = 1024
/** Of an empty file: a log that is empty is as good as none. */
const NOTHING = createHash('sha1').digest('hex')

/** A database with a dozen thermostats, whose device buckets fill pages of their own. */
async function household(path: string): Promise<void> {
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => {
      const serial = `02AA01AC000000${i + 10}`
      return putBucket(store, serial, `device.${serial}`, { text: `${i + 10}`.repeat(2_000) })
    }),
  )
  store.close()
}

/** The log of a database that goes on in another place: a few commits that never reached its file. */
async function logOfAnother(t: Test): Promise<Buffer> {
  const path = join(t.testdir({}), 'other.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => meet(store, `09AA01AB99999${i + 100}`, NOW_MS)),
  )
  const log = readFileSync(`${path}-wal`)
  store.close()
  return log
}

function refusal(path: string): NleError | undefined {
  try {
    openDatabase(path, { nowMs: NOW_MS }).close()
    return undefined
  } catch (error) {
    if (error instanceof NleError) return error
    throw error
  }
}

function overwrite(path: string, from: number, to: number, byte: number): void {
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(byte, from, to))
}

const middle = (path: string): number => Math.floor(readFileSync(path).length / 2 / PAGE) * PAGE

t.test('a damaged database is refused, told what to do, and left as it is', async (t) => {
  const log = await logOfAnother(t)
  const folder = t.testdir({})
  const whole = join(folder, 'whole.sqlite')
  await household(whole)
  const rows: [string, (path: string) => void][] = [
    ['a header that is none', (path) => overwrite(path, 0, 16, 0xff)],
    ['a header with nonsense in it', (path) => overwrite(path, 16, 60, 0xff)],
    ['a first page without tables', (path) => overwrite(path, 100, PAGE, 0)],
    ['a page in the middle', (path) => overwrite(path, middle(path), middle(path) + PAGE, 0xff)],
    [
      'a page in the middle that lost what it held',
      (path) => overwrite(path, middle(path), middle(path) + PAGE, 0),
    ],
    ['half of it', (path) => truncateSync(path, middle(path))],
    ['all but its last bytes', (path) => truncateSync(path, readFileSync(path).length - 700)],
    ['nothing', (path) => truncateSync(path, 0)],
    [
      'nothing, and a log',
      (path) => {
        truncateSync(path, 0)
        writeFileSync(`${path}-wal`, log)
      },
    ],
    ['the log of another database', (path) => writeFileSync(`${path}-wal`, log)],
  ]
  for (const [i, [name, spoil]] of rows.entries()) {
    const path = join(folder, `${i}.sqlite`)
    copyFileSync(whole, path)
    spoil(path)
    const print = (file: string) =>
      existsSync(file) ? createHash('sha1').update(readFileSync(file)).digest('hex') : NOTHING
    const prints = () => [print(path), print(`${path}-wal`)]
    const before = prints()
    t.match(
      refusal(path),
      { code: 'unfit', message: /(damaged|empty).*Nothing was changed.*nle restore <file>/ },
      name,
    )
    t.same(prints(), before, `${name}: left as it is`)

    const served = memoryIo()
    const args = ['serve', '--db', path, '--port', '0', '--control-port', '0']
    t.equal(await main(args, served.io), 13, name)
    t.match(served.stderr(), /nle restore <file>/)
    t.same(prints(), before, `${name}: by the server, too`)

    const kept = restore(whole, path, NOW_MS)
    t.equal(refusal(path), undefined, `${name}: a restore mends it`)
    t.same([print(kept ?? ''), print(`${kept}-wal`)], before, 'and keeps what was there')
  }
})

t.test('what SQLite can make sense of is no damage', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  await household(path)
  writeFileSync(`${path}-wal`, 'the rest of a log that was never finished')
  t.equal(refusal(path), undefined)
})

t.test('a log whose database is gone is not taken for that of a new one', async (t) => {
  const log = await logOfAnother(t)
  const folder = t.testdir({})
  const path = join(folder, 'nle.sqlite')
  writeFileSync(`${path}-wal`, log)
  t.match(refusal(path), { code: 'unfit', message: /is gone, but its log.*nle restore/ })
  t.same(readdirSync(folder), ['nle.sqlite-wal'])
  const backup = join(folder, 'backup.sqlite')
  await household(backup)
  const kept = restore(backup, path, NOW_MS)
  t.ok(readFileSync(`${kept}-wal`).equals(log), 'a restore keeps it')
  t.equal(refusal(path), undefined, 'and the new database does not find it')
})

t.test('a link to a disk that is not mounted is not replaced by a new database', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'nle.sqlite')
  symlinkSync(join(folder, 'usb', 'nle.sqlite'), path)
  t.match(refusal(path), { code: 'invalid', message: /a link to a file that is not there/ })
  t.same(readdirSync(folder), ['nle.sqlite'])
})

t.test('a large database is looked at when its server ended without stopping', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const store = new SqliteStore(path, { nowMs: NOW_MS })
  await meet(store, '02AA01AC00000001', NOW_MS)
  await decide(store, '02AA01AC00000001', (draft) => {
    for (let i = 0; i < 40; i++) {
      const value = { text: 'x'.repeat(240_000) }
      draft.putBucket({ objectKey: `message.${i}`, revision: 1, timestamp: 1, value }, '')
    }
  })
  store.close()
  overwrite(path, middle(path), middle(path) + PAGE, 0xff)
  t.equal(refusal(path), undefined, 'after a clean stop the time is saved')
  const db = connect(path, {})
  db.prepare("INSERT INTO server VALUES (1, 1, 'http://a', 'http://b', 0)").run()
  db.close()
  t.match(refusal(path), { code: 'unfit', message: /damaged/ })
})

t.test('a database is there whole or not at all', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'nle.sqlite')
  // What a start that was cut short has left.
  writeFileSync(`${path}.new`, 'half of')
  openDatabase(path, { nowMs: NOW_MS }).close()
  t.same(readdirSync(folder), ['nle.sqlite'])
})

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import t, { type Test } from 'tap'
import { HistoryFile } from '../../../src/server/history/history-file.ts'
import { mountingRefused, Volume } from '../../helpers/disk-limits.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const SERIAL = '02AA01AC12345678'
const ALL = { fromMs: 0, toMs: 2e12 }
const TROUBLE = 'the history cannot be written; nothing else depends on it'
const ANEW = 'the history was damaged, and is begun anew'

function opened(t: Test, path = join(t.testdir(), 'history.sqlite')) {
  const log = new RecordingLogger()
  const file = new HistoryFile(path, log)
  t.teardown(() => file.close())
  const append = (n: number, bytes = 100) =>
    file.use((store) =>
      store.append([
        { serial: SERIAL, fromMs: n, untilMs: n + 1, readings: new Uint8Array(bytes).fill(n) },
      ]),
    )
  const count = () => file.use(async (store) => (await store.chunks(SERIAL, ALL)).length)
  return { path, log, file, append, count }
}

t.test('a file that is no database is moved aside', async (t) => {
  const path = join(t.testdir(), 'history.sqlite')
  writeFileSync(path, 'something else')
  const { log, append, count } = opened(t, path)
  await append(1)
  t.equal(await count(), 1)
  t.match(log.of(ANEW), [{ level: 'warn', fields: { file: path, kept: `${path}.damaged` } }])
  t.equal(readFileSync(`${path}.damaged`, 'utf8'), 'something else')
})

t.test(
  'so is one of a newer nle, and one that is damaged, in place of the one before',
  async (t) => {
    const { path, log, file, append, count } = opened(t)
    for (let n = 0; n < 60; n++) await append(n, 900)
    await file.close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0x5a, 4096, 12_288))
    await append(1)
    t.equal(await count(), 1)
    await file.close()
    const db = new SqliteDatabase(path)
    db.pragma('user_version = 99')
    db.close()
    await append(1)
    t.equal(await count(), 1)
    t.equal(log.of(ANEW).length, 2)
    t.ok(existsSync(`${path}.damaged`))
  },
)

t.test('bytes in it that say nothing are damage as well', async (t) => {
  const { log, append, file, count } = opened(t)
  await append(1)
  const { spansOf } = await import('../../../src/protocol/history/chunk.ts')
  const read = () =>
    file.use(async (store) => {
      const chunks = await store.chunks(SERIAL, ALL)
      return chunks.flatMap((chunk) => spansOf({ ...chunk, readings: Uint8Array.of(1) }, 0, 9))
        .length
    })
  t.equal(await read(), 0)
  t.equal(log.of(ANEW).length, 1)
  t.equal(await count(), 0)
})

t.test('a file that somebody removed is made again', async (t) => {
  const { path, append, count } = opened(t)
  await append(1)
  rmSync(path)
  await append(2)
  t.equal(await count(), 1)
  t.equal(statSync(path).mode & 0o777, 0o600)
})

t.test('a file that another program has locked is tried again', async (t) => {
  const { path, append, count } = opened(t)
  await append(1)
  const other = new SqliteDatabase(path)
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(append(2), { code: 'SQLITE_BUSY' })
  other.exec('ROLLBACK')
  other.close()
  await append(2)
  t.equal(await count(), 2)
})

t.test(
  'a full disk is one line of the log, and another one when it is over',
  {
    skip: mountingRefused(),
  },
  async (t) => {
    const volume = Volume.small(t, 512)
    const { file, log, append, count } = opened(t, join(volume.folder, 'history.sqlite'))
    await append(1)
    volume.fill()
    for (const n of [2, 3]) {
      await append(n, 60_000).then(
        () => t.fail('there is no room'),
        (error) => file.complain(error),
      )
    }
    t.match(log.of(TROUBLE)[0], { level: 'warn', fields: { reason: /full/ } })
    volume.makeRoom()
    await append(2)
    file.recovered(7)
    file.recovered(0)
    t.match(log.of('the history is written again'), [{ level: 'info', fields: { lost: 7 } }])
    t.equal(await count(), 2)
    await file.close()
  },
)

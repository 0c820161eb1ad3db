import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { historyPath } from '../../../src/store/history-path.ts'
import { connect } from '../../../src/store/sqlite/connect.ts'
import { inspectForMove, moveDatabase } from '../../../src/store/sqlite/database-move.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { meet } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC0000000001'
const NOW_MS = 1_760_000_000_000

/** A database whose last changes are in its log alone, as a killed server leaves it. */
async function left(t: Test): Promise<{ from: string; to: string }> {
  const folder = t.testdir({ home: {}, var: {} })
  const from = join(folder, 'home', 'nle.sqlite')
  const serving = join(folder, 'serving.sqlite')
  const store = new SqliteStore(serving, { nowMs: NOW_MS })
  await meet(store, SERIAL, NOW_MS)
  copyFileSync(serving, from)
  copyFileSync(`${serving}-wal`, `${from}-wal`)
  store.close()
  return { from, to: join(folder, 'var', 'nle', 'nle.sqlite') }
}

async function serialsIn(path: string): Promise<string[]> {
  const store = new SqliteStore(path, { readonly: true, nowMs: NOW_MS })
  try {
    return await store.serials()
  } finally {
    store.close()
  }
}

t.test('moves a database with what is only in its log, and keeps the old one', async (t) => {
  const { from, to } = await left(t)
  t.ok(statSync(`${from}-wal`).size > 0)
  t.match(inspectForMove(from, to, NOW_MS), { thermostats: 1 })
  const kept = moveDatabase(from, to, NOW_MS)
  t.equal(kept, `${from}.moved`)
  t.same(await serialsIn(to), [SERIAL])
  t.equal(statSync(to).mode & 0o777, 0o600)
  t.equal(statSync(join(to, '..')).mode & 0o777, 0o700)
  t.notOk(existsSync(from), 'no command finds the old one any more')
  t.notOk(existsSync(`${from}-wal`))
  t.same(await serialsIn(kept), [SERIAL])
  renameSync(to, from)
  t.equal(moveDatabase(from, to, NOW_MS), `${from}.moved-2`, 'nor is one that was kept replaced')
})

t.test('takes the history along', async (t) => {
  const { from, to } = await left(t)
  connect(historyPath(from), {}).exec('CREATE TABLE kept (day)').close()
  moveDatabase(from, to, NOW_MS)
  const moved = connect(historyPath(to), { readonly: true })
  t.same(moved.prepare('SELECT name FROM sqlite_schema').pluck().all(), ['kept'])
  moved.close()
  t.notOk(existsSync(historyPath(from)))
  t.ok(existsSync(`${historyPath(from)}.moved`))
})

const skip = process.geteuid?.() === 0 ? false : 'only root can give files away'

t.test(
  'its files belong to the owner of their folder, as the service needs',
  { skip },
  async (t) => {
    const { from, to } = await left(t)
    mkdirSync(join(to, '..'))
    chownSync(join(to, '..'), 64_123, 64_123)
    moveDatabase(from, to, NOW_MS)
    for (const path of [to, `${to}.lock`]) t.equal(statSync(path).uid, 64_123, path)
  },
)

t.test('refuses a database that is served, has two names or would replace another', async (t) => {
  const { from, to } = await left(t)
  const lock = StoreLock.tryAcquire(from, 0)
  t.throws(() => moveDatabase(from, to, NOW_MS), { code: 'in_use', message: /Stop it/ })
  lock?.release()
  linkSync(from, `${from}-2`)
  t.throws(() => moveDatabase(from, to, NOW_MS), { code: 'unfit', message: /hard links/ })
  renameSync(`${from}-2`, from)
  const other = await left(t)
  mkdirSync(join(to, '..'), { recursive: true })
  writeFileSync(to, '')
  t.throws(() => moveDatabase(other.from, to, NOW_MS), { code: 'in_use', message: /already/ })
  t.ok(existsSync(other.from))
})

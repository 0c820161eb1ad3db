import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import { type BackUp, NightlyBackups } from '../../../src/server/backup/nightly-backups.ts'
import { backUp, inspect } from '../../../src/store/copies.ts'
import { mountingRefused, Volume } from '../../helpers/disk-limits.ts'
import { type Home, startHome } from '../../helpers/home.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** A server at 08:53 UTC that makes backups, in this process unless a test brings another way. */
async function startBackups(t: Test, folder: string, config: Partial<Config> = {}, other?: BackUp) {
  const calls: string[] = []
  const home: Home = await startHome(t, {
    config: { backupDir: folder, ...config },
    localOffsetS: () => 0,
    backUp: async (file, signal) => {
      calls.push(file)
      if (other !== undefined) return other(file, signal)
      backUp(home.databasePath, file, {
        replace: false,
        tryRestore: true,
        nowMs: home.clock.now().wallMs,
      })
    },
  })
  const { events } = home.server.core
  /** Moves the clock; resolves to the failure of the backup that this brings. */
  const pass = (ms: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      const unlisten = events.on('backupEnded', (failure) => {
        unlisten()
        resolve(failure)
      })
      home.clock.advance(ms)
    })
  return { home, calls, pass }
}

/** In these minutes a look finds nothing to do. */
async function idle({ clock }: Home, ms: number): Promise<void> {
  clock.advance(ms)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

t.test('makes up for a missing backup, then makes one every night and keeps so many', async (t) => {
  const folder = t.testdir({ 'holiday.jpg': 'not ours', 'nle.sqlite': 'nor this' })
  const { home, calls, pass } = await startBackups(t, folder, { backupKeep: 2 })
  await home.paired()
  await idle(home, MINUTE_MS)
  t.strictSame(calls, [], 'thermostats come back first')
  t.equal(await pass(MINUTE_MS), undefined)
  const [first = ''] = calls
  t.match(inspect(first, home.clock.now().wallMs), { thermostats: 1, paired: 1 })
  await idle(home, 18 * 60 * MINUTE_MS)
  t.equal(calls.length, 1, 'at 02:55 the night has not come')
  t.equal(await pass(20 * MINUTE_MS), undefined)
  t.equal(await pass(DAY_MS), undefined)
  const left = readdirSync(folder).filter((name) => name.includes('nightly'))
  t.strictSame(left, ['nle-nightly-20251010T031520Z.sqlite', 'nle-nightly-20251011T031520Z.sqlite'])
  t.ok(existsSync(join(folder, 'holiday.jpg')) && existsSync(join(folder, 'nle.sqlite')))
})

t.test('a backup that is there is not made again after a restart', async (t) => {
  const folder = t.testdir({ 'nle-nightly-20251009T031000Z.sqlite': '' })
  const { home, calls } = await startBackups(t, folder)
  await idle(home, 60 * MINUTE_MS)
  t.strictSame(calls, [])
})

t.test('what a backup that was cut short has left is removed', async (t) => {
  const folder = t.testdir({ 'nle-nightly-20251008T031000Z.sqlite.part': 'half of it' })
  const { pass } = await startBackups(t, folder)
  t.equal(await pass(2 * MINUTE_MS), undefined)
  t.strictSame(readdirSync(folder), ['nle-nightly-20251009T085520Z.sqlite'])
})

t.test('a failure removes nothing, is told, and is tried again in an hour', async (t) => {
  const folder = t.testdir({ 'nle-nightly-20251001T031000Z.sqlite': 'an older one' })
  let fails = true
  const { home, calls, pass } = await startBackups(t, folder, { backupKeep: 1 }, async (file) => {
    if (fails) throw new Error('the disk is on fire')
    writeFileSync(file, '')
  })
  t.match(await pass(2 * MINUTE_MS), 'on fire')
  const metrics = await (await fetch(`${home.server.controlUrl}/metrics`)).text()
  t.match(metrics, /^nle_backup_failed 1$/m)
  t.ok(existsSync(join(folder, 'nle-nightly-20251001T031000Z.sqlite')))
  await idle(home, 50 * MINUTE_MS)
  t.equal(calls.length, 1)
  fails = false
  t.equal(await pass(10 * MINUTE_MS), undefined)
  t.strictSame(readdirSync(folder), ['nle-nightly-20251009T095520Z.sqlite'])
})

t.test('two never overlap, and one that is on its way ends with the server', async (t) => {
  let stopped = false
  const { home, calls } = await startBackups(t, t.testdir({}), {}, (_, signal) => {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped = true
        reject(signal.reason)
      })
    })
  })
  await idle(home, 2 * MINUTE_MS)
  while (calls.length === 0) await idle(home, 0)
  await idle(home, 3 * DAY_MS)
  t.equal(calls.length, 1)
  await home.stop()
  t.ok(stopped)
})

t.test('a folder elsewhere has to be there, because its disk may not be mounted', async (t) => {
  const folder = join(t.testdir({}), 'usb')
  const { pass, home } = await startBackups(t, folder)
  t.match(await pass(2 * MINUTE_MS), /There is no folder .*usb/)
  t.notOk(existsSync(folder))
  mkdirSync(folder)
  t.equal(await pass(60 * MINUTE_MS), undefined)
  t.equal(home.server.core.health.trouble, undefined)
})

t.test('a folder below that of the database is made', async (t) => {
  const { server, clock, databasePath } = await startHome(t)
  const folder = join(dirname(databasePath), 'backups')
  const file = await new Promise<string>((resolve) => {
    const backUp: BackUp = async (file) => resolve(file)
    const backups = new NightlyBackups({ core: server.core, databasePath, folder, keep: 1, backUp })
    t.teardown(() => backups.stop())
    backups.start()
    clock.advance(2 * MINUTE_MS)
  })
  t.equal(dirname(file), folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('a path that is no folder', async (t) => {
  const path = join(t.testdir({ file: 'no folder' }), 'file')
  const { pass } = await startBackups(t, path)
  t.match(await pass(2 * MINUTE_MS), /ENOTDIR|no folder/)
  rmSync(path)
})

t.test('a full disk: nothing is written to it', { skip: mountingRefused() }, async (t) => {
  const volume = Volume.small(t, 4_096)
  const { calls, pass } = await startBackups(t, volume.folder)
  t.match(await pass(2 * MINUTE_MS), /too little room/)
  t.strictSame(calls, [])
  t.strictSame(readdirSync(volume.folder), [])
})

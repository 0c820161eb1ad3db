import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { newestOf, nightlyBackups } from '../../protocol/backup/backup-files.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const HOUR_MS = 3_600_000
/** A night, and half a day for a machine that was off. */
const OLD_MS = 36 * HOUR_MS
/** How long a server may run before its first backup. */
const FIRST_MS = HOUR_MS

/** Whether the nightly backups are made. */
export async function checkBackups({
  config,
  databasePath,
  store,
  live,
  nowMs,
}: Pick<Subject, 'config' | 'databasePath' | 'store' | 'live' | 'nowMs'>): Promise<Finding[]> {
  const finding = findingOf('backup')
  const folder = config.backupDir
  if (folder === undefined) {
    const isMissed = ((await store?.countPaired()) ?? 0) > 0
    const mend = 'Set BACKUP_DIR to a folder, best on another disk.'
    return isMissed ? [finding('note', 'no backups are made by themselves', mend)] : []
  }
  const mend = 'The log of the server says why: look for "backup".'
  let names: readonly string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`
    return [
      finding('problem', `${folder} ${why}`, 'Mount its disk, or make it, for the user of nle.'),
    ]
  }
  const backups = nightlyBackups(basename(databasePath), names)
  const newest = newestOf(backups, nowMs)
  if (newest === undefined) {
    const isLate = live !== undefined && nowMs - live.startedAtMs > FIRST_MS
    return [finding(isLate ? 'warning' : 'note', `there is none in ${folder} yet`, mend)]
  }
  const last = `the last is of ${new Date(newest.madeAtMs).toISOString()}`
  return nowMs - newest.madeAtMs > OLD_MS
    ? [finding('warning', last, mend)]
    : [finding('ok', `${backups.length} in ${folder}, ${last}`)]
}

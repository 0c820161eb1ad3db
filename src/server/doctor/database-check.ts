import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { LITTLE_ROOM_BYTES, TOO_LITTLE_ROOM_BYTES } from '../../protocol/disk-room.ts'
import { inspect } from '../../store/copies.ts'
import { refuseSecondName } from '../../store/open.ts'
import { NO_FILE } from '../../store/path.ts'
import type { Store } from '../../store/store.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const MIB = 1024 * 1024

/** Whether the database passes its integrity check. */
export function checkDatabase(
  subject: Pick<Subject, 'config' | 'databasePath' | 'nowMs' | 'maxCheckedBytes'>,
): Finding[] {
  const { databasePath: path, nowMs, maxCheckedBytes } = subject
  const finding = findingOf('database')
  if (subject.config.databaseUrl !== undefined) return []
  if (path === NO_FILE) return [finding('note', 'it is in memory, and ends with the server')]
  if (!existsSync(path))
    return [finding('note', `${path} is not there yet; "nle serve" creates it`)]
  let mend = 'Mount its folder, or keep one name of it.'
  try {
    refuseSecondName(path)
    const { size } = statSync(path)
    if (size > maxCheckedBytes) {
      const large = `${path} has ${Math.round(size / MIB)} MiB, and is not checked while it serves`
      return [finding('note', large, '"nle doctor" on the same machine checks it, with sudo.')]
    }
    mend = 'Bring back a backup: "nle restore <file>" says how.'
    const { thermostats, paired } = inspect(path, nowMs)
    const known = `${thermostats} thermostat${thermostats === 1 ? '' : 's'}, ${paired} paired`
    return [finding('ok', `${path} is whole: ${known}`)]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [finding('problem', message, mend)]
  }
}

/** Whether the database that several servers share answers. */
export async function checkShared(store: Pick<Store, 'shared'> | undefined): Promise<Finding[]> {
  if (store?.shared === undefined) return []
  const finding = findingOf('database')
  if (await store.shared.isReady()) return [finding('ok', 'PostgreSQL answers, and takes writes')]
  const mend = 'Check that it runs, and is no standby; the log of nle says more.'
  return [finding('problem', 'PostgreSQL does not answer, or takes no writes', mend)]
}

/** Whether the database can be written, and how much room there is. */
export function checkDisk({
  databasePath: path,
  machine,
  live,
}: Pick<Subject, 'databasePath' | 'machine' | 'live'>): Finding[] {
  if (path === NO_FILE) return []
  const finding = findingOf('disk')
  // SQLite writes files of its own beside the database.
  const blocked = [dirname(path), path].find((each) => !machine.isWritable(each))
  if (blocked !== undefined) {
    return [
      live === undefined
        ? finding(
            'problem',
            `${blocked} cannot be written by this user`,
            'Run this as the user of the server ("sudo nle doctor" for the service), or change its owner.',
          )
        : finding(
            'problem',
            `${blocked} cannot be written by the server`,
            'Give it to the user of the server.',
          ),
    ]
  }
  const free = machine.freeBytes(path)
  if (free === undefined) return []
  const message = `${Math.floor(free / MIB)} MiB are free`
  const mend = 'Make room; "nle backup" writes to another disk.'
  if (free < TOO_LITTLE_ROOM_BYTES) return [finding('problem', message, mend)]
  return [free < LITTLE_ROOM_BYTES ? finding('warning', message, mend) : finding('ok', message)]
}

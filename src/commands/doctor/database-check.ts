import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { LITTLE_ROOM_BYTES, TOO_LITTLE_ROOM_BYTES } from '../../protocol/disk-room.ts'
import { inspect, refuseSecondName } from '../../store/open.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const MIB = 1024 * 1024

/** Whether the database passes its integrity check and can be written. */
export function checkDatabase({ databasePath, nowMs, world }: Subject): Finding[] {
  return [checkFile(databasePath, nowMs), ...checkDisk(databasePath, world)]
}

function checkFile(path: string, nowMs: number): Finding {
  const finding = findingOf('database')
  if (!existsSync(path)) return finding('note', `${path} is not there yet; "nle serve" creates it`)
  let mend = 'Mount its folder, or keep one name of it.'
  try {
    refuseSecondName(path)
    mend = 'Stop the server and bring back a backup: nle restore <file>'
    const { thermostats, paired } = inspect(path, nowMs)
    const known = `${thermostats} thermostat${thermostats === 1 ? '' : 's'}, ${paired} paired`
    return finding('ok', `${path} is whole: ${known}`)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return finding('problem', message, mend)
  }
}

function checkDisk(path: string, world: Subject['world']): Finding[] {
  const finding = findingOf('disk')
  // SQLite writes files of its own beside the database.
  const blocked = [dirname(path), path].find((each) => !world.isWritable(each))
  if (blocked !== undefined) {
    const mend =
      'Run this as the user the server runs as ("sudo nle doctor" for the service), or change its owner.'
    return [finding('problem', `${blocked} cannot be written by this user`, mend)]
  }
  const free = world.freeBytes(path)
  if (free === undefined) return []
  const message = `${Math.floor(free / MIB)} MiB are free`
  const mend = 'Make room; "nle backup" writes to another disk.'
  if (free < TOO_LITTLE_ROOM_BYTES) return [finding('problem', message, mend)]
  return [free < LITTLE_ROOM_BYTES ? finding('warning', message, mend) : finding('ok', message)]
}

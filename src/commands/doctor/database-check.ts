import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { inspect } from '../../store/open.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './subject.ts'

const MIB = 1024 * 1024
const LITTLE_BYTES = 200 * MIB
const TOO_LITTLE_BYTES = 20 * MIB

/** Whether the database passes its integrity check and can be written. */
export function checkDatabase({ databasePath, nowMs, world }: Subject): Finding[] {
  return [...checkFile(databasePath, nowMs), ...checkRights(databasePath, world)]
}

function checkFile(path: string, nowMs: number): Finding[] {
  if (!existsSync(path)) {
    return [
      {
        check: 'database',
        level: 'note',
        message: `${path} is not there yet; "nle serve" creates it`,
      },
    ]
  }
  try {
    const { thermostats, paired } = inspect(path, nowMs)
    const message = `${path} is whole: ${thermostats} thermostat${thermostats === 1 ? '' : 's'}, ${paired} paired`
    return [{ check: 'database', level: 'ok', message }]
  } catch (error) {
    return [
      {
        check: 'database',
        level: 'problem',
        message: error instanceof Error ? error.message : String(error),
        mend: 'Stop the server and bring back a backup: nle restore <file>',
      },
    ]
  }
}

function checkRights(path: string, world: Subject['world']): Finding[] {
  // SQLite writes files of its own beside the database.
  const blocked = [dirname(path), path].find((each) => !world.isWritable(each))
  if (blocked !== undefined) {
    return [
      {
        check: 'disk',
        level: 'problem',
        message: `${blocked} cannot be written by this user`,
        mend: 'Run this as the user the server runs as ("sudo nle doctor" for the service), or change its owner.',
      },
    ]
  }
  const free = world.freeBytes(path)
  if (free === undefined) return []
  const message = `${Math.floor(free / MIB)} MiB are free`
  const mend = 'Make room; "nle backup" writes to another disk.'
  if (free < TOO_LITTLE_BYTES) return [{ check: 'disk', level: 'problem', message, mend }]
  if (free < LITTLE_BYTES) return [{ check: 'disk', level: 'warning', message, mend }]
  return [{ check: 'disk', level: 'ok', message }]
}

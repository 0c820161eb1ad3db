import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { NleError } from '../../errors.ts'
import { historyPath } from '../history-path.ts'
import { connect } from './connect.ts'
import { openDatabase } from './database.ts'
import { type DatabaseFacts, inspect, restore } from './database-copy.ts'
import { giveToFolderOwner, hasLog, refuseSecondName, removeCompanions } from './files.ts'
import { StoreLock } from './lock.ts'

/**
 * Checks whether a database can be moved, before a person is asked.
 *
 * @throws NleError as `inspect`; `in_use` while a server runs on it, or when there is a database at the target;
 * `unfit` for one with hard links
 */
export function inspectForMove(from: string, to: string, nowMs: number): DatabaseFacts {
  if (StoreLock.isHeld(from)) throw stillServed(from)
  refuseSecondName(from)
  if (existsSync(to) || hasLog(to)) {
    throw new NleError('in_use', `There is a database at ${to} already.`)
  }
  return inspect(from, nowMs)
}

/**
 * Moves a database that no server has, its log included. The target belongs to the owner of its folder. The
 * old one is kept under a name that no server and no command uses.
 *
 * @returns the path of the old one
 * @throws NleError as `inspectForMove`; `store` when it cannot be written
 */
export function moveDatabase(from: string, to: string, nowMs: number): string {
  inspectForMove(from, to, nowMs)
  const lock = StoreLock.tryAcquire(from, 250)
  if (lock === undefined) throw stillServed(from)
  try {
    // Closing the last connection writes the log into the file.
    openDatabase(from, { nowMs }).close()
    restore(from, to, nowMs)
    moveHistory(from, to)
    const kept = unusedName(from)
    renameSync(from, kept)
    removeCompanions(from)
    return kept
  } finally {
    lock.release()
  }
}

/** Takes the history along. It is expendable: where that fails, the database is moved without it. */
function moveHistory(from: string, to: string): void {
  const [old, fresh] = [historyPath(from), historyPath(to)]
  if (!existsSync(old) || existsSync(fresh)) return
  try {
    // Closing the last connection writes the log into the file.
    connect(old, {}).close()
    copyFileSync(old, fresh)
    giveToFolderOwner(fresh)
    renameSync(old, unusedName(old))
    removeCompanions(old)
  } catch {
    rmSync(fresh, { force: true })
  }
}

function unusedName(path: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? `${path}.moved` : `${path}.moved-${n}`
    if (!existsSync(name)) return name
  }
}

function stillServed(path: string): NleError {
  return new NleError(
    'in_use',
    `A server works on ${path} right now. Stop it where it runs (Ctrl-C), and try again.`,
  )
}

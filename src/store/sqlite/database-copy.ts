import { copyFileSync, existsSync, linkSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import { connect, writeCopy } from './connect.ts'
import { openDatabase } from './database.ts'
import { whyNot } from './disk.ts'
import {
  hasLog,
  isSameFile,
  makeFolder,
  putInPlace,
  refuseNoFile,
  removeCompanions,
  removeDatabase,
} from './files.ts'
import { holdsNonsense } from './integrity.ts'
import { StoreLock } from './lock.ts'

/** What is in a database. */
export interface DatabaseFacts {
  readonly thermostats: number
  readonly paired: number
  readonly buckets: number
}

/** A database, and the files beside it that are part of it. */
const OWN_FILES = ['', '-wal', '-shm', '.lock'] as const

/**
 * Writes everything as of one instant to one file, while a server may be serving. The file is there
 * whole or not at all.
 *
 * @throws NleError `not_found` without a database or a folder to write to; `in_use` when the file is
 * there already; `invalid` for what can be no backup, the database itself above all; `store` when it
 * cannot be written
 */
export function backUp(
  databasePath: string,
  file: string,
  options: { readonly replace: boolean; readonly nowMs: number },
): DatabaseFacts {
  const part = `${file}.part`
  try {
    refuseTarget(databasePath, file, options.replace)
    rmSync(part, { force: true })
    copyDatabase(databasePath, part, options.nowMs)
    forgetServer(part)
    const facts = inspect(part, options.nowMs)
    putInPlace(part, file)
    return facts
  } catch (error) {
    tidyUp(part)
    throw error instanceof NleError ? error : unwritable(`${file} cannot be written`, file, error)
  }
}

function isOwnFile(file: string, databasePath: string): boolean {
  return OWN_FILES.some((suffix) => isSameFile(file, databasePath + suffix))
}

function refuseTarget(databasePath: string, file: string, replace: boolean): void {
  if (isOwnFile(file, databasePath)) {
    throw new NleError('invalid', `${file} is part of the database itself. Name another file.`)
  }
  refuseNoFile(file)
  if (existsSync(file) && !replace) {
    throw new NleError('in_use', `${file} is there already. Name another file, or add --force.`)
  }
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new NleError('not_found', `There is no folder ${folder}. Make it, or name another file.`)
  }
}

/** Everything in a database, its log included, as one file for its owner alone. */
export function copyDatabase(from: string, to: string, nowMs: number): void {
  const source = openDatabase(from, { readonly: true, nowMs })
  try {
    writeCopy(source, to)
  } finally {
    source.close()
  }
}

/**
 * Looks at a backup from end to end.
 *
 * @throws NleError `not_found`; `invalid` when it is no file; `store` when it is damaged, of another program or of a newer nle
 */
export function inspect(file: string, nowMs: number): DatabaseFacts {
  try {
    refuseNoFile(file)
    if (!existsSync(file)) throw new NleError('not_found', `There is no file at ${file}.`)
    if (statSync(file).size === 0) throw new NleError('store', `${file} is empty.`)
    const db = openDatabase(file, { readonly: true, nowMs })
    try {
      return inspected(db, file)
    } finally {
      db.close()
    }
  } catch (error) {
    // What the database is advised of is of no use for a backup of it.
    const cause = error instanceof NleError && error.code === 'store' ? error.cause : error
    if (cause === undefined || cause instanceof NleError) throw error
    const message = `${file} cannot be used: ${whyNot(file, cause)}. Nothing was changed.`
    throw new NleError('store', message, { cause })
  }
}

function inspected(db: Database, file: string): DatabaseFacts {
  const problem = db.pragma('integrity_check(1)', { simple: true })
  if (problem !== 'ok') {
    throw new NleError('store', `${file} is damaged: ${problem}. Nothing was changed.`)
  }
  if ((db.pragma('foreign_key_check') as unknown[]).length > 0 || holdsNonsense(db)) {
    throw new NleError('store', `${file} is damaged: it is not complete. Nothing was changed.`)
  }
  // Counted without a store, whose statements need the schema of this nle.
  const count = (table: string): number =>
    Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  return { thermostats: count('devices'), paired: count('owners'), buckets: count('buckets') }
}

/**
 * Looks at a file that is to take the place of a database.
 *
 * @throws NleError as `inspect`; `invalid` for the database itself
 */
export function inspectFor(file: string, databasePath: string, nowMs: number): DatabaseFacts {
  const facts = inspect(file, nowMs)
  if (isOwnFile(file, databasePath)) {
    throw new NleError('invalid', `${file} is the database itself. Name a backup of it.`)
  }
  return facts
}

/**
 * Puts a backup in the place of the database. What was there is kept beside it.
 *
 * @returns where that is now; undefined when there was nothing
 * @throws NleError as `inspectFor`; `in_use` while a server has it
 */
export function restore(file: string, databasePath: string, nowMs: number): string | undefined {
  inspectFor(file, databasePath, nowMs)
  const lock = StoreLock.tryAcquire(databasePath, 250)
  if (lock === undefined) {
    throw new NleError(
      'in_use',
      `A server works on ${databasePath} right now. Stop it ("systemctl stop nle", or Ctrl-C where it runs), restore, and start it again.`,
    )
  }
  try {
    makeFolder(databasePath)
    // Behind a link, the file itself makes room.
    const path = existsSync(databasePath) ? realpathSync(databasePath) : databasePath
    const fresh = `${path}.restoring`
    try {
      removeDatabase(fresh)
      copyDatabase(file, fresh, nowMs)
      // An older backup is brought up to date before it replaces anything.
      openDatabase(fresh, { nowMs }).close()
      const kept = keepOld(path, nowMs)
      putInPlace(fresh, path)
      return kept
    } catch (error) {
      tidyUp(fresh)
      throw error
    }
  } catch (error) {
    if (error instanceof NleError) throw error
    throw unwritable(`${databasePath} was not replaced`, databasePath, error)
  } finally {
    lock.release()
  }
}

/** Gives the old database a second name; until the new one takes its place it is there as well. */
function keepOld(path: string, nowMs: number): string | undefined {
  if (!existsSync(path) && !hasLog(path)) return undefined
  const kept = freeName(path, nowMs)
  // Copied first: SQLite throws away a log that it cannot make sense of.
  if (hasLog(path)) copyFileSync(`${path}-wal`, `${kept}-wal`)
  if (existsSync(path)) {
    try {
      // Closing the last connection brings the log beside the file into it.
      openDatabase(path, { nowMs }).close()
      rmSync(`${kept}-wal`, { force: true })
    } catch {
      // Damaged: that may be why somebody restores. Its parts are kept as they were.
    }
    try {
      linkSync(path, kept)
    } catch {
      copyFileSync(path, kept)
    }
  }
  // The new database must not find the log of the old one.
  removeCompanions(path)
  return kept
}

/** Also when somebody restores twice within a second, all that was there is kept. */
function freeName(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)
  const name = `${path}.before-restore-${stamp}`
  const isTaken = (each: string): boolean => existsSync(each) || existsSync(`${each}-wal`)
  if (!isTaken(name)) return name
  for (let n = 2; ; n++) {
    if (!isTaken(`${name}-${n}`)) return `${name}-${n}`
  }
}

/** The process that serves now is not the one that will serve the backup. */
function forgetServer(path: string): void {
  const db = connect(path, {})
  db.prepare('DELETE FROM server').run()
  db.close()
}

function unwritable(what: string, path: string, cause: unknown): NleError {
  return new NleError('store', `${what}: ${whyNot(path, cause)}.`, { cause })
}

/** Where nothing can be written, nothing can be removed either; it was not all that went wrong. */
function tidyUp(path: string): void {
  try {
    removeDatabase(path)
  } catch {
    // The next attempt removes it.
  }
}

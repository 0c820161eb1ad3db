import { copyFileSync, existsSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import { historyPath } from '../history-path.ts'
import { connect, writeCopy } from './connect.ts'
import { openDatabase } from './database.ts'
import { describeFileError } from './disk.ts'
import {
  giveToFolderOwner,
  hasLog,
  isSameFile,
  OWN_FILES,
  putInPlace,
  refuseNonFile,
  refuseSecondName,
  removeCompanions,
  removeDatabase,
} from './files.ts'
import { addHistory, holdsHistory, takeHistoryOut } from './history-copy.ts'
import { hasInvalidJson } from './integrity.ts'
import { StoreLock } from './lock.ts'
import { troubleOf } from './sqlite-errors.ts'

/** The number of rows in a database. */
export interface DatabaseFacts {
  readonly thermostats: number
  readonly paired: number
  readonly buckets: number
  /** Given for a backup that has the history of thermostats in it. */
  readonly history?: true
}

/** What a backup has, and why it has no history although there is one. */
export interface BackupFacts extends DatabaseFacts {
  readonly historyFault?: string
}

export interface BackupOptions {
  readonly replace: boolean
  readonly nowMs: number
  readonly withoutHistory?: boolean
  readonly tryRestore?: boolean
}

const FACTS = ['thermostats', 'paired', 'buckets'] as const

/**
 * Writes a consistent copy of a database to one file, also while a server runs. A failure leaves no
 * incomplete file.
 *
 * @param options - `tryRestore` also restores the copy to another file beside it, which is removed again
 * @throws NleError `not_found` without a database or a folder to write to; `in_use` when the file exists;
 * `invalid` for a path that is no file, or belongs to the database itself; `unfit` for a database with a
 * second name; `store` when it cannot be written
 */
export function backUp(databasePath: string, file: string, options: BackupOptions): BackupFacts {
  const part = `${file}.part`
  try {
    refuseTarget(file, { ...options, databasePath })
    refuseSecondName(databasePath)
    rmSync(part, { force: true })
    copyDatabase(databasePath, part, options.nowMs)
    forgetServer(part)
    const historyFault =
      options.withoutHistory === true ? undefined : addOwnHistory(databasePath, part)
    const facts = finishBackup(part, file, options)
    return historyFault === undefined ? facts : { ...facts, historyFault }
  } catch (error) {
    throw failedBackup(part, file, error)
  }
}

/**
 * Keeps a backup that a running server sends, in the way of `backUp`.
 *
 * @param databasePath - of the server, where it is known
 * @param receive - writes the backup to a new file
 */
export async function keepBackup(
  file: string,
  options: {
    readonly replace: boolean
    readonly tryRestore?: boolean
    readonly nowMs: number
    readonly databasePath: string | undefined
  },
  receive: (part: string) => Promise<void>,
): Promise<BackupFacts> {
  const part = `${file}.part`
  try {
    refuseTarget(file, options)
    rmSync(part, { force: true })
    await receive(part)
    return finishBackup(part, file, options)
  } catch (error) {
    throw failedBackup(part, file, error)
  }
}

function finishBackup(
  part: string,
  file: string,
  { nowMs, tryRestore }: Pick<BackupOptions, 'nowMs' | 'tryRestore'>,
): DatabaseFacts {
  const facts = inspect(part, nowMs)
  if (tryRestore === true) tryRestoring(part, facts, nowMs)
  putInPlace(part, file)
  return facts
}

function failedBackup(part: string, file: string, error: unknown): NleError {
  tidyUp(part)
  return error instanceof NleError ? error : unwritable(`${file} cannot be written`, file, error)
}

/**
 * Adds the history of a database to its backup. It is expendable: without it the backup is as good.
 *
 * @returns why it could not be added; undefined where it was, or where there is none
 */
function addOwnHistory(databasePath: string, part: string): string | undefined {
  const file = historyPath(databasePath)
  if (!existsSync(file)) return undefined
  try {
    for (const _ of addHistory(file, part));
    return undefined
  } catch (error) {
    return describeFileError(file, error)
  }
}

/** Restores a backup as `restore` does, to a file of its own. */
function tryRestoring(file: string, expected: DatabaseFacts, nowMs: number): void {
  const trial = `${file}.trial`
  try {
    removeDatabase(trial)
    copyDatabase(file, trial, nowMs)
    openDatabase(trial, { nowMs }).close()
    const facts = inspect(trial, nowMs)
    if (FACTS.every((name) => facts[name] === expected[name])) return
    throw new NleError('unfit', `${file} does not restore what is in it.`)
  } finally {
    tidyUp(trial)
  }
}

function isOwnFile(file: string, databasePath: string): boolean {
  return OWN_FILES.some((suffix) => isSameFile(file, databasePath + suffix))
}

function refuseTarget(
  file: string,
  {
    replace,
    databasePath,
  }: { readonly replace: boolean; readonly databasePath: string | undefined },
): void {
  if (databasePath !== undefined && isOwnFile(file, databasePath)) {
    throw new NleError('invalid', `${file} is part of the database itself. Name another file.`)
  }
  refuseNonFile(file)
  if (StoreLock.isHeld(file)) {
    throw new NleError('invalid', `${file} is the database of a server. Name another file.`)
  }
  if (existsSync(file) && !replace) {
    throw new NleError('in_use', `${file} is there already. Name another file, or add --force.`)
  }
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new NleError('not_found', `There is no folder ${folder}. Make it, or name another file.`)
  }
}

/** Copies a database, its log included, to one file with mode 0600. */
export function copyDatabase(from: string, to: string, nowMs: number): void {
  const source = openDatabase(from, { readonly: true, nowMs })
  try {
    writeCopy(source, to)
  } finally {
    source.close()
  }
}

/**
 * Checks all of a backup, and counts its rows.
 *
 * @throws NleError `not_found`; `invalid` when it is no file; `store` when it cannot be read; `unfit` when it
 * is damaged, of another program or of a newer nle
 */
export function inspect(file: string, nowMs: number): DatabaseFacts {
  try {
    refuseNonFile(file)
    if (!existsSync(file)) throw new NleError('not_found', `There is no file at ${file}.`)
    if (statSync(file).size === 0) throw new NleError('unfit', `${file} is empty.`)
    const db = openDatabase(file, { readonly: true, nowMs })
    try {
      return inspected(db, file)
    } finally {
      db.close()
    }
  } catch (error) {
    // The advice in an error about a database does not fit a backup.
    const isAdvised = error instanceof NleError && ['store', 'unfit'].includes(error.code)
    const cause = isAdvised ? error.cause : error
    if (cause === undefined || cause instanceof NleError) throw error
    const message = `${file} cannot be used: ${describeFileError(file, cause)}. Nothing was changed.`
    const code = troubleOf(cause)?.kind === 'damaged' ? 'unfit' : 'store'
    throw new NleError(code, message, { cause })
  }
}

function inspected(db: Database, file: string): DatabaseFacts {
  const problem = db.pragma('integrity_check(1)', { simple: true })
  if (problem !== 'ok') {
    throw new NleError('unfit', `${file} is damaged: ${problem}. Nothing was changed.`)
  }
  if ((db.pragma('foreign_key_check') as unknown[]).length > 0 || hasInvalidJson(db)) {
    throw new NleError('unfit', `${file} is damaged: it is not complete. Nothing was changed.`)
  }
  // Without a store, because its statements need the schema of this nle.
  const count = (table: string): number =>
    Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  return {
    thermostats: count('devices'),
    paired: count('owners'),
    buckets: count('buckets'),
    ...(holdsHistory(db) ? { history: true as const } : {}),
  }
}

/**
 * Checks whether a database can be replaced by a file, before a person is asked.
 *
 * @throws NleError as `inspect`; `invalid` for the database itself; `in_use` while a server runs on it
 */
export function inspectFor(file: string, databasePath: string, nowMs: number): DatabaseFacts {
  if (StoreLock.isHeld(databasePath)) throw served(databasePath)
  return inspectOther(file, databasePath, nowMs)
}

function inspectOther(file: string, databasePath: string, nowMs: number): DatabaseFacts {
  const facts = inspect(file, nowMs)
  if (isOwnFile(file, databasePath)) {
    throw new NleError('invalid', `${file} is the database itself. Name a backup of it.`)
  }
  return facts
}

/**
 * Replaces the database by a backup, and its history by that of the backup, and keeps the old ones beside them.
 *
 * @param withoutHistory - leaves the history as it is; so does a backup that has none
 * @returns the path of the old database; undefined when there was none
 * @throws NleError as `inspectFor`
 */
export function restore(
  file: string,
  databasePath: string,
  nowMs: number,
  withoutHistory = false,
): string | undefined {
  inspectOther(file, databasePath, nowMs)
  // Of a link, the file behind it is replaced.
  const path = existsSync(databasePath) ? realpathSync(databasePath) : databasePath
  const fresh = `${path}.restoring`
  const lock = StoreLock.tryAcquire(databasePath, 250)
  if (lock === undefined) throw served(databasePath)
  try {
    removeDatabase(fresh)
    copyDatabase(file, fresh, nowMs)
    // Migrates an older backup before it replaces the database.
    openDatabase(fresh, { nowMs }).close()
    const putHistoryInPlace = takeHistoryOut(fresh, historyPath(path), !withoutHistory)
    const kept = keepOldDatabase(path, nowMs)
    putInPlace(fresh, path)
    putHistoryInPlace()
    for (const each of [path, historyPath(path)]) if (existsSync(each)) giveToFolderOwner(each)
    return kept
  } catch (error) {
    tidyUp(fresh)
    if (error instanceof NleError) throw error
    throw unwritable(`${databasePath} was not replaced`, databasePath, error)
  } finally {
    lock.release()
  }
}

function served(databasePath: string): NleError {
  return new NleError(
    'in_use',
    `A server works on ${databasePath} right now. Stop it ("systemctl stop nle", or Ctrl-C where it runs), restore, and start it again.`,
  )
}

/** Copies the old database, which stays where it is until the new one replaces it. */
function keepOldDatabase(path: string, nowMs: number): string | undefined {
  if (!existsSync(path) && !hasLog(path)) return undefined
  const kept = unusedName(path, nowMs)
  // Copied first, because SQLite deletes a log that it cannot read.
  if (hasLog(path)) copyFileSync(`${path}-wal`, `${kept}-wal`)
  if (existsSync(path)) {
    try {
      // Closing the last connection writes the log into the file.
      openDatabase(path, { nowMs }).close()
      rmSync(`${kept}-wal`, { force: true })
    } catch {
      // A damaged database, which may be the reason to restore: its files are kept as they are.
    }
    // Not linked: a restore that is killed now must not leave the database with two names.
    copyFileSync(path, `${kept}.part`)
    putInPlace(`${kept}.part`, kept)
  }
  // The new database must not find the log of the old one.
  removeCompanions(path)
  return kept
}

/** A name for the old database, also for a second one within the same second. */
function unusedName(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)
  const name = `${path}.before-restore-${stamp}`
  for (let n = 1; ; n++) {
    const numbered = n === 1 ? name : `${name}-${n}`
    if (!existsSync(numbered) && !existsSync(`${numbered}-wal`)) return numbered
  }
}

/** The server that runs now does not run on the copy, which becomes one file without a log. */
export function forgetServer(path: string): void {
  const db = connect(path, {})
  try {
    db.pragma('journal_mode = DELETE')
    db.prepare('DELETE FROM server').run()
  } finally {
    db.close()
  }
}

function unwritable(what: string, path: string, cause: unknown): NleError {
  return new NleError('store', `${what}: ${describeFileError(path, cause)}.`, { cause })
}

/** Removes an incomplete database; a failure of this must not hide the first error. */
function tidyUp(path: string): void {
  try {
    removeDatabase(path)
  } catch {
    // The next attempt removes it.
  }
}

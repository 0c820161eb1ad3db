import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { NleError } from '../errors.ts'
import { makeFolder, openDatabase, unusable } from './database.ts'
import { StoreLock } from './lock.ts'
import { connect } from './sqlite.ts'

/** What is in a database. */
export interface DatabaseFacts {
  readonly thermostats: number
  readonly paired: number
  readonly buckets: number
}

/**
 * Writes everything as of one instant to one file, while a server may be serving. The file is there
 * whole or not at all.
 *
 * @throws NleError `not_found` without a database; `in_use` when the file is there already; `store`
 * when it cannot be written
 */
export function backUp(
  databasePath: string,
  file: string,
  options: { readonly replace: boolean; readonly nowMs: number },
): DatabaseFacts {
  if (existsSync(file) && !options.replace) {
    throw new NleError('in_use', `${file} is there already. Name another file, or add --force.`)
  }
  const part = `${file}.part`
  rmSync(part, { force: true })
  try {
    const source = openDatabase(databasePath, { readonly: true, nowMs: options.nowMs })
    try {
      source.prepare('VACUUM INTO ?').run(part)
    } finally {
      source.close()
    }
    chmodSync(part, 0o600)
    forgetServer(part)
    const facts = inspect(part, options.nowMs)
    settle(part)
    renameSync(part, file)
    settle(dirname(file))
    return facts
  } catch (error) {
    rmSync(part, { force: true })
    throw error instanceof NleError ? error : unusable(file, error)
  }
}

/**
 * Looks at a backup from end to end.
 *
 * @throws NleError `not_found`; `store` when it is damaged, of another program or of a newer nle
 */
export function inspect(file: string, nowMs: number): DatabaseFacts {
  if (!existsSync(file)) throw new NleError('not_found', `There is no file at ${file}.`)
  const db = openDatabase(file, { readonly: true, nowMs })
  try {
    const problem = db.pragma('integrity_check(1)', { simple: true })
    if (problem !== 'ok') {
      throw new NleError('store', `${file} is damaged: ${problem}. Nothing was changed.`)
    }
    if ((db.pragma('foreign_key_check') as unknown[]).length > 0) {
      throw new NleError('store', `${file} is damaged: it is not complete. Nothing was changed.`)
    }
    // Counted without a store, whose statements need the schema of this nle.
    const count = (table: string): number =>
      Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
    return { thermostats: count('devices'), paired: count('owners'), buckets: count('buckets') }
  } catch (error) {
    throw error instanceof NleError ? error : unusable(file, error)
  } finally {
    db.close()
  }
}

/**
 * Puts a backup in the place of the database. What was there is kept beside it.
 *
 * @returns where that is now; undefined when there was nothing
 * @throws NleError as `inspect`; `in_use` while a server has the database
 */
export function restore(file: string, databasePath: string, nowMs: number): string | undefined {
  inspect(file, nowMs)
  const lock = StoreLock.tryAcquire(databasePath, 250)
  if (lock === undefined) {
    throw new NleError(
      'in_use',
      `A server works on ${databasePath} right now. Stop it ("systemctl stop nle", or Ctrl-C where it runs), restore, and start it again.`,
    )
  }
  const fresh = `${databasePath}.restoring`
  try {
    makeFolder(databasePath)
    removeDatabase(fresh)
    copyFileSync(file, fresh)
    chmodSync(fresh, 0o600)
    // An older backup is brought up to date before it replaces anything.
    openDatabase(fresh, { nowMs }).close()
    const kept = keepOld(databasePath, nowMs)
    settle(fresh)
    renameSync(fresh, databasePath)
    settle(dirname(databasePath))
    return kept
  } catch (error) {
    removeDatabase(fresh)
    throw error instanceof NleError ? error : unusable(databasePath, error)
  } finally {
    lock.release()
  }
}

/** Gives the old database a second name; until the new one takes its place it is there as well. */
function keepOld(databasePath: string, nowMs: number): string | undefined {
  if (!existsSync(databasePath)) return undefined
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15)
  const kept = `${databasePath}.before-restore-${stamp}`
  // Copied first: SQLite throws away a log that it cannot make sense of.
  if (existsSync(`${databasePath}-wal`)) copyFileSync(`${databasePath}-wal`, `${kept}-wal`)
  try {
    // Closing the last connection brings the log beside the file into it.
    openDatabase(databasePath, { nowMs }).close()
    rmSync(`${kept}-wal`, { force: true })
  } catch {
    // Damaged: that may be why somebody restores. Its parts are kept as they were.
  }
  rmSync(kept, { force: true })
  try {
    linkSync(databasePath, kept)
  } catch {
    copyFileSync(databasePath, kept)
  }
  // The new database must not find the log of the old one.
  for (const suffix of ['-wal', '-shm']) rmSync(databasePath + suffix, { force: true })
  return kept
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

/** The process that serves now is not the one that will serve the backup. */
function forgetServer(path: string): void {
  const db = connect(path, {})
  db.prepare('DELETE FROM server').run()
  db.close()
}

/** What was written to a file or folder survives a power cut from here on. */
function settle(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import type { Boot } from '../../protocol/now.ts'
import { VERSION } from '../../version.ts'
import { connect, writeCopy } from './connect.ts'
import { describeFileError } from './disk.ts'
import { hasLog, makeFolder, putInPlace, refuseNonFile, removeDatabase } from './files.ts'
import { isIntact } from './integrity.ts'
import { MIGRATIONS } from './migrations.ts'
import { troubleOf } from './sqlite-errors.ts'

/** Marks the file as nle's (`PRAGMA application_id`): "nle1". */
const APPLICATION_ID = 0x6e6c6531

/** How long a command, or the start of a server, waits for another program that has the lock. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Small pages: a put changes a few hundred bytes of one bucket, but SQLite writes whole pages, and each
 * write wears out an SD card. Applies to new files only.
 */
const PAGE_BYTES = 1024
/** The size of the write-ahead log at which its pages are copied to the database, each once. */
const LOG_BYTES = 4 * 1024 * 1024
/**
 * Pages that SQLite keeps in memory; the driver's default is 16 MB. A household needs a tenth of this, and
 * for many thermostats the system's own cache holds the rest.
 */
const CACHE_KIB = 2000

export interface OpenOptions {
  /** Only reads: creates and migrates nothing. */
  readonly readonly?: boolean
  /** Writes beside a running server: migrates nothing. */
  readonly besideServer?: boolean
  /**
   * Never blocks the process for the lock of another program, once it is open: what has to be written
   * fails at once, and the caller tries it again.
   */
  readonly neverBlocks?: boolean
  /** Takes the lock of the file that is there now, before it is opened again. */
  readonly lockAgain?: () => void
  /** Wall clock, ms; recorded with migrations, and where the steady clock of the process starts. */
  readonly nowMs: number
  /** Undefined when it is not known. */
  readonly boot?: Boot | undefined
}

/**
 * Opens the database, and creates folder (0700), file (0600) and schema where they are missing. `:memory:`
 * opens one that ends with the process. An existing file is checked before the first write, because SQLite
 * cannot undo its writes to a damaged file, or those from the log of another one.
 *
 * @throws NleError `not_found` when it is only to be read and does not exist; `invalid` when it is no
 * file; `store` when it cannot be opened; `unfit` when it is damaged, belongs to another program, or was
 * written by a newer nle
 */
export function openDatabase(path: string, options: OpenOptions): Database {
  try {
    if (path !== ':memory:') prepare(path, options)
    return open(path, options)
  } catch (error) {
    throw unusable(path, error)
  }
}

function prepare(path: string, { readonly, besideServer, nowMs }: OpenOptions): void {
  refuseNonFile(path)
  if (existsSync(path)) {
    refuseEmpty(path)
    if (readonly !== true && besideServer !== true) refuseDamaged(path, nowMs)
  } else if (readonly === true) {
    throw new NleError('not_found', `There is no database at ${path}. "nle serve" creates it.`)
  } else {
    create(path, nowMs)
  }
}

function open(path: string, { readonly = false, besideServer, nowMs }: OpenOptions): Database {
  const db = connect(path, { readonly })
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
    db.pragma(`cache_size = -${CACHE_KIB}`)
    refuseForeign(db, path)
    refuseNewer(db, path)
    if (!readonly) {
      db.pragma(`page_size = ${PAGE_BYTES}`)
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.pragma('foreign_keys = ON')
      const pageBytes = Number(db.pragma('page_size', { simple: true }))
      db.pragma(`wal_autocheckpoint = ${Math.floor(LOG_BYTES / pageBytes)}`)
      // A log that has grown in a burst is cut to this size after the next checkpoint.
      db.pragma(`journal_size_limit = ${8 * 1024 * 1024}`)
      if (besideServer === true) refuseOlder(db, path)
      else migrate(db, path, nowMs)
    }
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Creates a database under another name first, so that a failure leaves no incomplete one. */
function create(path: string, nowMs: number): void {
  makeFolder(path)
  if (hasLog(path)) {
    throw new NleError(
      'unfit',
      `${path} is gone, but its log ${path}-wal is still there. Bring a backup back with "nle restore <file>"; to start with nothing, remove the log.`,
    )
  }
  const fresh = `${path}.new`
  try {
    removeDatabase(fresh)
    // SQLite gives the files beside it (-wal, -shm) the same mode.
    closeSync(openSync(fresh, 'wx', 0o600))
    open(fresh, { nowMs }).close()
    putInPlace(fresh, path)
  } catch (error) {
    removeDatabase(fresh)
    throw error
  }
}

function refuseEmpty(path: string): void {
  if (statSync(path).size > 0) return
  throw new NleError(
    'unfit',
    `${path} is empty, and nle does not leave it so: what was in it is lost. Nothing was changed. Bring a backup back with "nle restore <file>"; if there was nothing in it, remove it.`,
  )
}

/** Checks over a read-only connection, which leaves a damaged file and its log as they are. */
function refuseDamaged(path: string, nowMs: number): void {
  const db = open(path, { readonly: true, nowMs })
  try {
    if (!isIntact(db)) throw damaged(path)
  } finally {
    db.close()
  }
}

function refuseForeign(db: Database, path: string): void {
  const id = db.pragma('application_id', { simple: true })
  if (id === APPLICATION_ID) return
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id !== 0 || tables !== 0) {
    throw new NleError(
      'unfit',
      `${path} is a database of another program. Name another file with --db, or use "nle import" to bring thermostats over from the existing self-hosted server.`,
    )
  }
}

function refuseNewer(db: Database, path: string): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version <= MIGRATIONS.length) return
  const needed = db
    .prepare('SELECT nle_version FROM schema_history WHERE version = ?')
    .pluck()
    .get(version)
  throw new NleError(
    'unfit',
    `${path} was written by a newer nle (${needed ?? 'unknown version'}); this is ${VERSION}. Nothing was changed. Start nle ${needed ?? 'of that version'} or later, or name another file with --db.`,
  )
}

function refuseOlder(db: Database, path: string): void {
  if (Number(db.pragma('user_version', { simple: true })) === MIGRATIONS.length) return
  throw new NleError(
    'in_use',
    `The server that runs on ${path} is of an older version than this one. Restart it first.`,
  )
}

/** Copies under another name first: an incomplete copy must not look like a backup. */
function keepCopy(db: Database, file: string): void {
  const part = `${file}.part`
  removeDatabase(part)
  writeCopy(db, part)
  putInPlace(part, file)
}

/** Runs the missing migrations, each in a transaction of its own. */
function migrate(db: Database, path: string, nowMs: number): void {
  const from = Number(db.pragma('user_version', { simple: true }))
  if (from > 0 && from < MIGRATIONS.length && path !== ':memory:') {
    // An operator may have to go back to the older nle.
    const backup = `${path}.v${from}.bak`
    if (!existsSync(backup)) keepCopy(db, backup)
  }
  if (from === MIGRATIONS.length) return
  for (const [index, migration] of MIGRATIONS.entries()) {
    const version = index + 1
    if (version <= from) continue
    db.transaction(() => {
      db.exec(migration.sql)
      db.prepare(
        'INSERT INTO schema_history (version, nle_version, applied_at_ms) VALUES (?, ?, ?)',
      ).run(version, VERSION, Math.floor(nowMs))
      db.pragma(`user_version = ${version}`)
      db.pragma(`application_id = ${APPLICATION_ID}`)
    }).immediate()
  }
  // Writes the application id into the file itself, and not only into the log.
  db.pragma('wal_checkpoint(TRUNCATE)')
}

/** The error for people when a database file cannot be opened or locked. */
export function unusable(path: string, cause: unknown): NleError {
  if (cause instanceof NleError) return cause
  if (troubleOf(cause)?.kind === 'damaged') return damaged(path, cause)
  return new NleError(
    'store',
    `${path} cannot be opened: ${describeFileError(path, cause)}. Mend that, or name another file with --db.`,
    { cause },
  )
}

function damaged(path: string, cause?: unknown): NleError {
  return new NleError(
    'unfit',
    `${path} ${hasLog(path) ? 'or the log beside it (-wal) ' : ''}is damaged or not a database. Nothing was changed. Bring a backup back with "nle restore <file>", which keeps what is there, or name another file with --db.`,
    { cause },
  )
}

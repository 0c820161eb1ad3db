import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { NleError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { MIGRATIONS } from './migrations.ts'
import { connect, failureCode } from './sqlite.ts'

/** Marks the file as nle's (`PRAGMA application_id`): "nle1". */
const APPLICATION_ID = 0x6e6c6531

const BUSY_TIMEOUT_MS = 5_000

/**
 * Small pages: a put changes a few hundred bytes of one bucket, and what SQLite writes for it, to a
 * card that wears out, is whole pages. It counts for new files only.
 */
const PAGE_BYTES = 1024
/** How far the write-ahead log grows before its pages are copied to the database, each once. */
const LOG_BYTES = 4 * 1024 * 1024
/**
 * Pages that SQLite keeps in memory; the driver's default is 16 MB. A household needs a tenth of this,
 * and what many thermostats need beyond it, the system has in its own cache.
 */
const CACHE_KIB = 2000

export interface OpenOptions {
  /** Open what is there, for looking only: nothing is created or migrated. */
  readonly readonly?: boolean
  /** To write beside a server that runs: nothing is migrated under it. */
  readonly besideServer?: boolean
  /** Wall clock, ms; recorded with migrations. */
  readonly nowMs: number
}

/**
 * Opens the database, creating folder (0700), file (0600) and schema where they are missing.
 * `:memory:` opens one that is gone with the process.
 *
 * @throws NleError `not_found` when it is only to be read and is not there; `store` when it cannot
 * be opened, belongs to another program, is damaged, or was written by a newer nle
 */
export function openDatabase(path: string, options: OpenOptions): Database {
  const readonly = options.readonly ?? false
  if (readonly && !existsSync(path)) {
    throw new NleError('not_found', `There is no database at ${path}. "nle serve" creates it.`)
  }
  let db: Database
  try {
    db = create(path, readonly)
  } catch (cause) {
    throw unusable(path, cause)
  }
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
      // What a burst has grown is given back after the next checkpoint.
      db.pragma(`journal_size_limit = ${8 * 1024 * 1024}`)
      if (options.besideServer === true) refuseOlder(db, path)
      else migrate(db, path, options.nowMs)
    }
    return db
  } catch (error) {
    db.close()
    throw unusable(path, error)
  }
}

function create(path: string, readonly: boolean): Database {
  if (path === ':memory:' || readonly) return connect(path, { readonly })
  makeFolder(path)
  const fresh = !existsSync(path)
  const db = connect(path, {})
  // SQLite gives the files beside it (-wal, -shm) the same mode.
  if (fresh) chmodSync(path, 0o600)
  return db
}

/** Makes the folder of a database, for its owner alone, where it is missing. */
export function makeFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

function refuseForeign(db: Database, path: string): void {
  const id = db.pragma('application_id', { simple: true })
  if (id === APPLICATION_ID) return
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id !== 0 || tables !== 0) {
    throw new NleError(
      'store',
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
    'store',
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

/** Runs the steps the database does not have yet, each in a transaction of its own. */
function migrate(db: Database, path: string, nowMs: number): void {
  const from = Number(db.pragma('user_version', { simple: true }))
  if (from > 0 && from < MIGRATIONS.length && path !== ':memory:') {
    // The way back for somebody who has to return to the older nle.
    const backup = `${path}.v${from}.bak`
    if (!existsSync(backup)) db.prepare('VACUUM INTO ?').run(backup)
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
  // Whose file it is shows in the file itself from now on, and not only in the log beside it.
  db.pragma('wal_checkpoint(TRUNCATE)')
}

/** A failure to open a database file, or to lock it, in words for people. */
export function unusable(path: string, cause: unknown): NleError {
  if (cause instanceof NleError) return cause
  const code = failureCode(cause)
  const what =
    code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB'
      ? `${path} is damaged or not a database. Nothing was changed. Move it away and restore a backup with "nle restore", or name another file with --db.`
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'SQLITE_READONLY'
        ? `${path} cannot be written: ${message(cause)}. Check the owner and the rights of the folder, or name another file with --db.`
        : `${path} cannot be opened: ${message(cause)}. Check the path, the rights of its folder and the free space, or name another file with --db.`
  return new NleError('store', what, { cause })
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

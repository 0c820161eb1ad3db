import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { NleError } from '../errors.ts'
import { connect, failureCode } from '../store/sqlite/connect.ts'
import { describeFileError } from '../store/sqlite/disk.ts'
import { refuseNonFile } from '../store/sqlite/files.ts'
import { type Row, type SourceData, TABLES } from './source.ts'

/** Whether a file is a database of the existing self-hosted server. False when it cannot be read. */
export function isExistingServersDatabase(path: string): boolean {
  try {
    return withSource(path, isTheirs)
  } catch {
    return false
  }
}

/**
 * Reads the tables of the existing server's database in one transaction. The file may be in use;
 * nothing is written to it.
 *
 * @throws NleError `not_found`; `invalid` when it is another kind of file; `store` when it cannot be
 * read
 */
export function readExistingServer(path: string): SourceData {
  try {
    refuseNonFile(path)
    if (!existsSync(path)) throw new NleError('not_found', `There is no file at ${path}.`)
    return withSource(path, (db) => {
      if (!isTheirs(db)) {
        throw new NleError(
          'invalid',
          `${path} is not a database of the existing self-hosted server: it has no table "states". It is usually called database.sqlite, in the data folder of that server. A backup made with "nle backup" is brought back with "nle restore".`,
        )
      }
      return db.transaction(() => read(db))()
    })
  } catch (cause) {
    if (cause instanceof NleError) throw cause
    const message = `${path} cannot be read: ${describeFileError(path, cause)}. Nothing was changed.`
    throw new NleError('store', message, { cause })
  }
}

function isTheirs(db: Database): boolean {
  return db.pragma('application_id', { simple: true }) === 0 && tablesOf(db).includes('states')
}

function read(db: Database): SourceData {
  const present = tablesOf(db)
  const rowsOf = <N extends keyof typeof TABLES>(name: N): Row<N>[] => {
    const { table, columns } = TABLES[name]
    if (!present.includes(table)) return []
    const known = new Set(
      (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name),
    )
    const list = Object.entries(columns).map(
      ([ours, theirs]) => `${known.has(theirs) ? `"${theirs}"` : 'NULL'} AS "${ours}"`,
    )
    return db.prepare<[], Row<N>>(`SELECT ${list.join(', ')} FROM "${table}"`).all()
  }
  const used: readonly string[] = Object.values(TABLES).map(({ table }) => table)
  const count = (table: string): number =>
    Number(
      db
        .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    )
  return {
    states: rowsOf('states'),
    entryKeys: rowsOf('entryKeys'),
    owners: rowsOf('owners'),
    users: rowsOf('users'),
    integrations: rowsOf('integrations'),
    others: present
      .filter((table) => !used.includes(table))
      .map((table) => ({ table, rows: count(table) })),
  }
}

function tablesOf(db: Database): string[] {
  return db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY name`,
    )
    .pluck()
    .all()
}

/** Opens the file for reading only, or a copy of it when its folder cannot be written. */
function withSource<T>(path: string, look: (db: Database) => T): T {
  try {
    return withDatabase(path, look)
  } catch (error) {
    // A database in WAL mode needs its folder writable even for reading.
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(failureCode(error) ?? '')) throw error
  }
  const folder = mkdtempSync(join(tmpdir(), 'nle-import-'))
  try {
    const copy = join(folder, basename(path))
    copyFileSync(path, copy)
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    return withDatabase(copy, look)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function withDatabase<T>(path: string, look: (db: Database) => T): T {
  const db = connect(path, { readonly: true, fileMustExist: true, timeout: 5_000 })
  try {
    return look(db)
  } finally {
    db.close()
  }
}

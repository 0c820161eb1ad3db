import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteDatabase, { type Database, type Options } from 'better-sqlite3'
import { nativeBinding } from './native-binding.ts'

/** Opens an SQLite file, from source and from inside the executable alike. */
export function connect(path: string, options: Options): Database {
  const binding = nativeBinding(path === ':memory:' ? [] : [dirname(path)])
  // The types know only a path here; better-sqlite3 takes the loaded addon as well.
  return new SqliteDatabase(
    path,
    binding === undefined ? options : { ...options, nativeBinding: binding as string },
  )
}

/** Writes all of a database, its log included, to a new file for its owner alone. */
export function writeCopy(db: Database, file: string): void {
  db.prepare('VACUUM INTO ?').run(file)
  chmodSync(file, 0o600)
}

/** SQLite's or the system's code of a failed call, such as `SQLITE_BUSY` or `EACCES`. */
export function failureCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

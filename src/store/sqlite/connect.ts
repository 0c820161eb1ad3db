import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteDatabase, { type Database, type Options } from 'better-sqlite3'
import { nativeBinding } from './native-binding.ts'

/** Opens an SQLite file, both from source and in the executable. */
export function connect(path: string, options: Options): Database {
  const binding = nativeBinding(path === ':memory:' ? [] : [dirname(path)])
  // The types allow only a path here; better-sqlite3 also takes a loaded addon.
  return new SqliteDatabase(
    path,
    binding === undefined ? options : { ...options, nativeBinding: binding as string },
  )
}

/** Writes all of a database, its log included, to a new file with mode 0600. */
export function writeCopy(db: Database, file: string): void {
  db.prepare('VACUUM INTO ?').run(file)
  chmodSync(file, 0o600)
}

/** SQLite's or the system's code of a failed call, such as `SQLITE_BUSY` or `EACCES`. */
export function failureCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

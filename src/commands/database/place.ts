import { dirname, join } from 'node:path'
import { isExistingServersDatabase } from '../../import/reader.ts'
import { defaultDatabasePath } from '../../store/path.ts'

/** The database to work on. */
export interface DatabasePlace {
  readonly path: string
  /** The existing server's database, when it is in the place that was configured for nle's. */
  readonly existingServerPath: string | undefined
}

/**
 * The database to work on. Settings taken over from the existing self-hosted server name its own
 * database, which is never touched: nle's is `nle.sqlite` beside it.
 *
 * @param configured - `--db` or `SQLITE3_DB_PATH`
 */
export function databasePlace(
  configured: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): DatabasePlace {
  const path = configured ?? defaultDatabasePath(env)
  return isExistingServersDatabase(path)
    ? { path: join(dirname(path), 'nle.sqlite'), existingServerPath: path }
    : { path, existingServerPath: undefined }
}

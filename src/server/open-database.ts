import type { Config } from '../config.ts'
import { NleError } from '../errors.ts'
import { withoutUrlSecrets } from '../protocol/secrets.ts'
import { inUse, openOwnStore, removeLeftCopy } from '../store/open.ts'
import { openShared } from '../store/open-shared.ts'
import { NO_FILE } from '../store/path.ts'
import type { Store } from '../store/store.ts'

/** How long to wait for a command that works on the database for a moment. */
const LOCK_WAIT_MS = 2_000

/** The database of a server: a file, or with `databaseUrl` PostgreSQL and `NO_FILE`. */
interface DatabaseChoice {
  readonly config: Config
  readonly databasePath: string
}

/** @throws NleError `in_use` when another server has the file, `store` when the database cannot be used */
export async function openDatabase(
  { config, databasePath }: DatabaseChoice,
  nowMs: number,
): Promise<{ readonly store: Store; close(): void | Promise<void> }> {
  if (config.databaseUrl !== undefined) {
    const store = await openShared(config.databaseUrl)
    return { store, close: () => store.close() }
  }
  const own = openOwnStore(databasePath, nowMs, LOCK_WAIT_MS, true)
  if (own === undefined) throw await inUse(databasePath, nowMs)
  if (databasePath !== NO_FILE) removeLeftCopy(databasePath)
  return own
}

/** The database as people are shown it. */
export function nameOfDatabase({ config, databasePath }: DatabaseChoice): string {
  return config.databaseUrl === undefined ? databasePath : withoutUrlSecrets(config.databaseUrl)
}

/** The keys of a bridge are of one home and one process. @throws NleError `invalid` */
export function refuseMatter({ matter, databaseUrl }: Config): void {
  if (matter !== true || databaseUrl === undefined) return
  throw new NleError(
    'invalid',
    'The Matter bridge works with a database file only: take MATTER or DATABASE_URL out of the settings.',
  )
}

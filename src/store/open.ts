import { NleError } from '../errors.ts'
import { StoreLock } from './sqlite/lock.ts'
import { storeFailure } from './sqlite/sqlite-errors.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'
import type { ServerRecord, Store } from './store.ts'

// Backups, and other copies of a database, by whichever engine it is of.
export { backUp, copyDatabase, inspect, inspectFor, restore } from './sqlite/database-copy.ts'

/** A store that this process alone writes; closing it lets the next one in. */
export interface OwnStore {
  readonly store: Store
  close(): void
}

/**
 * Opens a database to work on it alone: for a server, or for a command while no server runs.
 *
 * @param waitMs - how long to wait for another process that only looks in
 * @returns undefined while another process has it
 * @throws NleError `store` when the database cannot be used
 */
export function openOwnStore(path: string, nowMs: number, waitMs: number): OwnStore | undefined {
  if (path === ':memory:') {
    const store = new SqliteStore(path, { nowMs })
    return { store, close: () => store.close() }
  }
  const lock = StoreLock.tryAcquire(path, waitMs)
  if (lock === undefined) return undefined
  try {
    const store = new SqliteStore(path, { nowMs })
    const close = (): void => {
      try {
        store.close()
      } finally {
        lock.release()
      }
    }
    return { store, close }
  } catch (error) {
    lock.release()
    throw storeFailure(error)
  }
}

/** Opens a database for reading only, whether a server runs on it or not. */
export function openForReading(path: string, nowMs: number): Store {
  try {
    return new SqliteStore(path, { readonly: true, nowMs })
  } catch (error) {
    throw storeFailure(error)
  }
}

/**
 * Opens a database to write what a server reads anew with every request (tokens), whether a server
 * runs on it or not.
 *
 * @throws NleError `in_use` when the server that runs is of an older version
 */
export function openBesideServer(path: string, nowMs: number): OwnStore {
  const lock = StoreLock.tryAcquire(path, 0)
  try {
    const store = new SqliteStore(path, { nowMs, besideServer: lock === undefined })
    const close = (): void => {
      store.close()
      lock?.release()
    }
    return { store, close }
  } catch (error) {
    lock?.release()
    throw storeFailure(error)
  }
}

/** Whether a process works on a database now. */
export function isServed(path: string): boolean {
  return StoreLock.isHeld(path)
}

/** The server that works on a database, as far as it can be told. */
export async function servingProcess(
  path: string,
  nowMs: number,
): Promise<ServerRecord | undefined> {
  try {
    const reader = openForReading(path, nowMs)
    try {
      return await reader.server()
    } finally {
      reader.close()
    }
  } catch {
    // It is only just being created, or cannot be read: another process has it all the same.
    return undefined
  }
}

/** The refusal for a database that another process has. */
export async function inUse(path: string, nowMs: number): Promise<NleError> {
  const other = await servingProcess(path, nowMs)
  return new NleError(
    'in_use',
    other === undefined
      ? `Another nle works on ${path} right now. Try again in a moment.`
      : `Another nle server (process ${other.pid}) already serves ${path} at ${other.controlUrl}. Stop it first, or name another database with --db and other ports.`,
    { details: { pid: other?.pid, controlUrl: other?.controlUrl, databasePath: path } },
  )
}

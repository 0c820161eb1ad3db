import { NleError } from '../errors.ts'
import { machineBoot } from './boot.ts'
import type { OpenOptions } from './sqlite/database.ts'
import { refuseSecondName } from './sqlite/files.ts'
import { StoreLock } from './sqlite/lock.ts'
import { storeFailure } from './sqlite/sqlite-errors.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'
import type { ServerRecord, Store } from './store.ts'

export { refuseSecondName } from './sqlite/files.ts'
export { removeLeftCopy } from './sqlite/left-copy.ts'

/** A store, and the lock that keeps other processes from writing it; `close` releases both. */
export interface OwnStore {
  readonly store: Store
  close(): void
}

/**
 * Opens a database for one process alone: a server, or a command while no server runs.
 *
 * @param waitMs - how long to wait for a process that only checks the lock
 * @param neverBlocks - see `OpenOptions`
 * @returns undefined while another process has it
 * @throws NleError `store` when the database cannot be used
 */
export function openOwnStore(
  path: string,
  nowMs: number,
  waitMs: number,
  neverBlocks = false,
): OwnStore | undefined {
  if (path === ':memory:') return openUnder(undefined, path, { nowMs })
  const lock = StoreLock.tryAcquire(path, waitMs)
  return lock === undefined ? undefined : openUnder(lock, path, { nowMs, neverBlocks })
}

/** Opens a database for reading only, also while a server runs on it. */
export function openForReading(path: string, nowMs: number): Store {
  refuseSecondName(path)
  return openUnder(undefined, path, { readonly: true, nowMs }).store
}

/**
 * Opens a database, also while a server runs on it, to write data that the server reads with every
 * request (tokens).
 *
 * @throws NleError `in_use` when the running server is of an older version
 */
export function openBesideServer(path: string, nowMs: number): OwnStore {
  const lock = StoreLock.tryAcquire(path, 0)
  return openUnder(lock, path, { nowMs, besideServer: lock === undefined })
}

function openUnder(firstLock: StoreLock | undefined, path: string, options: OpenOptions): OwnStore {
  let lock = firstLock
  const lockAgain = (): void => {
    if (lock === undefined || lock.isOfFile) return
    const next = StoreLock.tryAcquire(path, 0)
    if (next === undefined) {
      throw new NleError('in_use', `Another nle works on ${path} since its disk is back.`)
    }
    const before = lock
    lock = next
    try {
      before.release()
    } catch {
      // Its disk is gone.
    }
  }
  try {
    const boot = machineBoot(process.env)
    const store = new SqliteStore(path, { ...options, lockAgain, boot })
    const close = (): void => {
      try {
        store.close()
      } finally {
        lock?.release()
      }
    }
    return { store, close }
  } catch (error) {
    lock?.release()
    throw storeFailure(error)
  }
}

/** Whether a process has the lock of a database now. */
export function isServed(path: string): boolean {
  return StoreLock.isHeld(path)
}

/** The server that runs on a database; undefined when the database does not tell. */
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
    // It is being created just now, or cannot be read.
    return undefined
  }
}

/** The error for a database that another process has. */
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

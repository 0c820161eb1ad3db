import { existsSync, renameSync, rmSync } from 'node:fs'
import { NleError } from '../errors.ts'
import type { HistoryStore } from './history-store.ts'
import { describeFileError } from './sqlite/disk.ts'
import { removeCompanions } from './sqlite/files.ts'
import { troubleOf } from './sqlite/sqlite-errors.ts'
import { SqliteHistory } from './sqlite/sqlite-history.ts'
import type { Trouble } from './trouble.ts'

/** Opens the history, and makes the file where it is missing. Throws what `historyTrouble` explains. */
export function openHistory(path: string): HistoryStore {
  return new SqliteHistory(path)
}

/** What is wrong with the file of the history, if it caused this error. */
export function historyTrouble(error: unknown): Trouble | undefined {
  // Its pages are in order, but not what is in them.
  const isUnfit = error instanceof NleError && error.code === 'unfit'
  if (isUnfit) return { kind: 'damaged', code: 'SQLITE_CORRUPT' }
  return troubleOf(error)
}

/**
 * Moves a file that cannot be used out of the way, in place of the one that was moved before.
 *
 * @returns where it is now; undefined when there was none
 */
export function setAside(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const kept = `${path}.damaged`
  removeCompanions(path)
  rmSync(kept, { force: true })
  renameSync(path, kept)
  return kept
}

/** Why the file of the history cannot be used, as the end of a sentence for people. */
export function historyFault(path: string, error: unknown): string {
  return describeFileError(path, error)
}

/** Whether the file is there. */
export function hasHistory(path: string): boolean {
  return path === ':memory:' || existsSync(path)
}

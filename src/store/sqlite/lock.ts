import { chmodSync, existsSync, type Stats, statSync } from 'node:fs'

import type { Database } from 'better-sqlite3'
import { realPath } from '../path.ts'
import { connect, failureCode } from './connect.ts'
import { unusable } from './database.ts'
import { makeFolder, refuseNonFile, refuseSecondName } from './files.ts'

/**
 * The lock of the one process that writes a database: a server, or a command that works on the store
 * directly. It is an exclusive transaction on an empty SQLite file beside the database, so the kernel
 * releases it when the process ends in any way.
 */
export class StoreLock {
  readonly #db: Database
  readonly #file: Stats

  private constructor(db: Database) {
    this.#db = db
    this.#file = statSync(db.name)
  }

  /**
   * The lock of a database, or undefined when another process has it.
   *
   * @param waitMs - how long to wait for a process that only checks the lock
   * @throws NleError `invalid` for a folder; `unfit` for a database with a second name; `store` when the
   * folder of the lock cannot be made or written
   */
  static tryAcquire(databasePath: string, waitMs: number): StoreLock | undefined {
    let db: Database | undefined
    try {
      refuseNonFile(databasePath)
      refuseSecondName(databasePath)
      makeFolder(databasePath)
      const path = lockPath(databasePath)
      db = connect(path, { timeout: waitMs })
      chmodSync(path, 0o600)
      db.pragma('journal_mode = MEMORY')
      db.exec('BEGIN EXCLUSIVE')
      return new StoreLock(db)
    } catch (error) {
      db?.close()
      if (failureCode(error) === 'SQLITE_BUSY') return undefined
      throw unusable(databasePath, error)
    }
  }

  /**
   * Whether a process holds the lock now; false without a lock file or the right to read it. Only reads,
   * so that it also works on a read-only file system.
   */
  static isHeld(databasePath: string): boolean {
    const path = lockPath(databasePath)
    if (!existsSync(path)) return false
    let db: Database | undefined
    try {
      db = connect(path, { readonly: true, timeout: 0 })
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      return false
    } catch (error) {
      return failureCode(error)?.startsWith('SQLITE_BUSY') ?? false
    } finally {
      db?.close()
    }
  }

  /** Whether the file with this lock is still the one at its path, which another disk may have taken. */
  get isOfFile(): boolean {
    const now = statSync(this.#db.name, { throwIfNoEntry: false })
    return now?.dev === this.#file.dev && now.ino === this.#file.ino
  }

  release(): void {
    try {
      this.#db.exec('ROLLBACK')
    } finally {
      this.#db.close()
    }
  }
}

function lockPath(databasePath: string): string {
  return `${realPath(databasePath)}.lock`
}

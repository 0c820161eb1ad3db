import { chmodSync, existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { connect, failureCode } from './connect.ts'
import { unusable } from './database.ts'
import { makeFolder, refuseNoFile } from './files.ts'

/**
 * A lock beside the database that says "somebody writes here": one server, or one command that works
 * on the store directly. It is an exclusive transaction on an empty SQLite file, so the kernel lets
 * go of it the moment the process ends, however it ends.
 */
export class StoreLock {
  readonly #db: Database

  private constructor(db: Database) {
    this.#db = db
  }

  /**
   * The lock for a database file, or undefined when somebody else has it.
   *
   * @param waitMs - how long to wait for somebody who only looks whether it is held
   * @throws NleError `invalid` for a folder; `store` when its own folder cannot be made or written
   */
  static tryAcquire(databasePath: string, waitMs: number): StoreLock | undefined {
    let db: Database | undefined
    try {
      refuseNoFile(databasePath)
      makeFolder(databasePath)
      db = connect(lockPath(databasePath), { timeout: waitMs })
      chmodSync(lockPath(databasePath), 0o600)
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
   * Whether somebody holds the lock now; false where there is no lock file or no right to look. Only
   * read, so that it can be told on a file system that takes nothing.
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

  release(): void {
    this.#db.exec('ROLLBACK')
    this.#db.close()
  }
}

function lockPath(databasePath: string): string {
  return `${databasePath}.lock`
}

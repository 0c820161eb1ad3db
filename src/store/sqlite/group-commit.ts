import type { Database, Statement } from 'better-sqlite3'
import { storeFailure } from './sqlite-errors.ts'

/** Called once the work is on disk, with what it returned. */
type Done<T> = (result: T) => void
type Failed = (error: unknown) => void

/**
 * Group commit: all work that arrives in one turn of the event loop shares one transaction and one
 * sync of the disk, and is acknowledged after it (`U6`). Work runs at once and in order; work that
 * throws is undone alone, while a failed commit fails all of the group.
 */
export class GroupCommit {
  readonly #db: Database
  readonly #atTurnEnd: (flush: () => void) => void
  readonly #undone: () => void
  readonly #statements: Readonly<
    Record<'begin' | 'commit' | 'rollback' | 'save' | 'undo' | 'release', Statement>
  >
  #waiting: { done: () => void; failed: Failed }[] = []
  #open = false

  /**
   * @param atTurnEnd - calls the flush when the turn is over; a simulation may call it at once
   * @param undone - called when all of a turn was undone, before its work hears of it
   */
  constructor(db: Database, atTurnEnd: (flush: () => void) => void, undone = (): void => {}) {
    this.#db = db
    this.#atTurnEnd = atTurnEnd
    this.#undone = undone
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      save: db.prepare('SAVEPOINT work'),
      undo: db.prepare('ROLLBACK TO work'),
      release: db.prepare('RELEASE work'),
    }
  }

  /**
   * Runs `work` in the transaction of this turn. Exactly one of the callbacks is called: `done` after
   * the commit, `failed` at once when it was the work that failed.
   */
  run<T>(work: () => T, done: Done<T>, failed: Failed): void {
    const first = !this.#open
    try {
      if (first) this.#statements.begin.run()
      this.#open = true
    } catch (error) {
      failed(storeFailure(error))
      return
    }
    try {
      // The first has nobody before it whose work would have to stay: all of the transaction is its own.
      if (!first) this.#statements.save.run()
      const result = work()
      if (!first) this.#statements.release.run()
      this.#waiting.push({ done: () => done(result), failed })
    } catch (error) {
      this.#undo(error, first)
      failed(storeFailure(error))
    }
    if (first) this.#atTurnEnd(() => this.flush())
  }

  /** Calls `done` once everything that was written so far in this turn is on disk. */
  settle(done: () => void, failed: Failed): void {
    if (this.#open) this.#waiting.push({ done, failed })
    else done()
  }

  /** As `run`, as a promise. */
  commit<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => this.run(work, resolve, reject))
  }

  /** Commits what is waiting now; for the end of the process. */
  flush(): void {
    if (!this.#open) return
    this.#open = false
    const group = this.#waiting
    this.#waiting = []
    try {
      this.#statements.commit.run()
    } catch (error) {
      this.#rollback()
      for (const { failed } of group) failed(storeFailure(error))
      return
    }
    for (const { done } of group) done()
  }

  /**
   * Some failures (a full disk) make SQLite end the whole transaction by itself, and what cannot be
   * undone alone is undone with all of it. Work that comes later in the turn begins another one.
   */
  #undo(error: unknown, first: boolean): void {
    if (!first && this.#db.inTransaction) {
      try {
        this.#statements.undo.run()
        this.#statements.release.run()
        return
      } catch {
        // Then all of it.
      }
    }
    this.#rollback()
    this.#open = false
    const group = this.#waiting
    this.#waiting = []
    for (const { failed } of group) failed(storeFailure(error))
  }

  #rollback(): void {
    if (this.#db.inTransaction) this.#statements.rollback.run()
    this.#undone()
  }
}

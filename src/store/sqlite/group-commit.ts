import type { Database, Statement } from 'better-sqlite3'
import { storeFailure } from './sqlite-errors.ts'

type Failed = (error: unknown) => void

/**
 * Group commit: all work of one turn of the event loop shares one transaction and one sync of the disk,
 * and is acknowledged after it (`U6`). Work runs at once and in order. Work that throws is undone alone;
 * a failed commit fails the whole group.
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
   * @param atTurnEnd - calls the flush at the end of the turn; a simulation may call it at once
   * @param undone - called when all writes of a turn are undone, before their `failed`
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
   * Runs `work` in the transaction of this turn. Exactly one callback follows: `done` after the commit,
   * or `failed`, which is called at once when `work` throws.
   *
   * @param isOneStatement - SQLite undoes a statement that fails, so no savepoint is needed; it would cost
   * twice what the statement does
   */
  run<T>(work: () => T, done: (result: T) => void, failed: Failed, isOneStatement = false): void {
    const first = !this.#open
    try {
      if (first) this.#statements.begin.run()
      this.#open = true
    } catch (error) {
      failed(storeFailure(error))
      return
    }
    try {
      // The first work needs no savepoint: nothing before it would have to stay.
      const needsSavepoint = !first && !isOneStatement
      if (needsSavepoint) this.#statements.save.run()
      const result = work()
      if (needsSavepoint) this.#statements.release.run()
      this.#waiting.push({ done: () => done(result), failed })
    } catch (error) {
      this.#undo(error, first, isOneStatement)
      failed(storeFailure(error))
    }
    if (first) this.#atTurnEnd(() => this.flush())
  }

  /** Calls `done` once all earlier writes of this turn are on disk. */
  afterWrites(done: () => void, failed: Failed): void {
    if (this.#open) this.#waiting.push({ done, failed })
    else done()
  }

  /** As `run`, as a promise. */
  commit<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => this.run(work, resolve, reject))
  }

  /** Commits the group now, also before the end of the turn. */
  flush(): void {
    if (!this.#open) return
    try {
      this.#statements.commit.run()
    } catch (error) {
      this.#abort(error)
      return
    }
    for (const { done } of this.#takeGroup()) done()
  }

  /**
   * Undoes the work that failed. After some failures (a full disk) SQLite ends the whole transaction, and
   * then the group fails with it. Later work of the turn begins another transaction.
   */
  #undo(error: unknown, first: boolean, isOneStatement: boolean): void {
    if (!first && this.#db.inTransaction) {
      if (isOneStatement) return
      try {
        this.#statements.undo.run()
        this.#statements.release.run()
        return
      } catch {
        // It cannot be undone alone.
      }
    }
    this.#abort(error)
  }

  #abort(error: unknown): void {
    const group = this.#takeGroup()
    if (this.#db.inTransaction) this.#statements.rollback.run()
    this.#undone()
    for (const { failed } of group) failed(storeFailure(error))
  }

  /** The group of this transaction, which has ended. */
  #takeGroup(): { done: () => void; failed: Failed }[] {
    const group = this.#waiting
    this.#waiting = []
    this.#open = false
    return group
  }
}

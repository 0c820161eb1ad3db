import type { Database } from 'better-sqlite3'

/**
 * How far the wall clock has been set since the process started that writes here: what is on file in
 * steady time is of that process, and the next one has a steady clock of its own.
 */
export class WallClockTable {
  readonly #get
  readonly #set

  constructor(db: Database) {
    this.#get = db.prepare<[], number>('SELECT ahead_ms FROM wall_clock').pluck()
    this.#set = db.prepare('INSERT OR REPLACE INTO wall_clock (id, ahead_ms) VALUES (1, ?)')
  }

  /** Ms that the wall clock is ahead of the steady one; negative when it was set back. */
  aheadMs(): number {
    return this.#get.get() ?? 0
  }

  setAhead(ms: number): void {
    this.#set.run(Math.round(ms))
  }
}

import type { HistoryStore } from '../../store/history-store.ts'
import type { LogFields, Logger } from '../core/logger.ts'

/** How long one trouble is known once it is logged. */
const TROUBLE_QUIET_MS = 3_600_000

/** Where the history is kept: a file, or the database of several processes. */
export abstract class KeptHistory {
  protected readonly log: Logger
  /** Tells in the log where it is. */
  readonly #place: LogFields
  #isInTrouble = false

  constructor(log: Logger, place: LogFields) {
    this.log = log
    this.#place = place
  }

  /**
   * Works on the history.
   *
   * @throws what the work throws, and what opening throws
   */
  abstract use<T>(work: (store: HistoryStore) => Promise<T>): Promise<T>

  /** Why it cannot be used, as the end of a sentence for people; undefined for any other error. */
  abstract reasonOf(error: unknown): string | undefined

  /** Lets go of it once it is no longer used. */
  abstract close(): Promise<void>

  /** Logs that it cannot be written, once an hour. */
  complain(error: unknown): void {
    this.#isInTrouble = true
    const reason = this.reasonOf(error) ?? String(error)
    this.log.warn(
      'the history cannot be written; nothing else depends on it',
      { ...this.#place, reason },
      { about: reason, quietMs: TROUBLE_QUIET_MS },
    )
  }

  /**
   * Logs that it is written again, if it was in trouble.
   *
   * @param lost - chunks that memory had no room for meanwhile
   */
  recovered(lost: number): void {
    if (!this.#isInTrouble) return
    this.#isInTrouble = false
    this.log.info('the history is written again', { ...this.#place, lost })
  }
}

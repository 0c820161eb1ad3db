import type { HistoryStore } from '../../store/history-store.ts'
import {
  hasHistory,
  historyFault,
  historyTrouble,
  openHistory,
  setAside,
} from '../../store/open-history.ts'
import type { Logger } from '../core/logger.ts'

/** How long one trouble of the file is known once it is logged. */
const TROUBLE_QUIET_MS = 3_600_000

/**
 * The file of the history, opened when it is first used. It is expendable: a damaged one is moved aside and begun
 * anew, and every other failure is logged and left to the caller, who tries it again later.
 */
export class HistoryFile {
  readonly #path: string
  readonly #log: Logger
  #store: HistoryStore | undefined
  #isInTrouble = false
  /** One use after another: one that fails closes the file. */
  #uses: Promise<unknown> = Promise.resolve()

  constructor(path: string, log: Logger) {
    this.#path = path
    this.#log = log
  }

  /**
   * Works on the file; once more on a new one when it turns out to be damaged.
   *
   * @throws what the work throws, and what opening throws
   */
  use<T>(work: (store: HistoryStore) => Promise<T>): Promise<T> {
    const use = this.#uses.then(() => this.#attempt(work))
    this.#uses = use.catch(() => {})
    return use
  }

  /** Logs that the file cannot be written, once an hour. */
  complain(error: unknown): void {
    this.#isInTrouble = true
    const reason = historyFault(this.#path, error)
    this.#log.warn(
      'the history cannot be written; nothing else depends on it',
      { file: this.#path, reason },
      { about: reason, quietMs: TROUBLE_QUIET_MS },
    )
  }

  /**
   * Logs that the file is written again, if it was in trouble.
   *
   * @param lost - chunks that memory had no room for meanwhile
   */
  recovered(lost: number): void {
    if (!this.#isInTrouble) return
    this.#isInTrouble = false
    this.#log.info('the history is written again', { file: this.#path, lost })
  }

  /** Closes the file once it is no longer used. */
  close(): Promise<void> {
    return this.use(async () => {}).then(
      () => this.#close(),
      () => this.#close(),
    )
  }

  async #attempt<T>(work: (store: HistoryStore) => Promise<T>): Promise<T> {
    try {
      return await this.#work(work)
    } catch (error) {
      if (historyTrouble(error)?.kind !== 'damaged') throw error
      const kept = setAside(this.#path)
      this.#log.warn('the history was damaged, and is begun anew', {
        file: this.#path,
        kept,
        reason: error instanceof Error ? error.message : String(error),
      })
      return await this.#work(work)
    }
  }

  async #work<T>(work: (store: HistoryStore) => Promise<T>): Promise<T> {
    // Somebody may have removed the file, because it is expendable.
    if (this.#store !== undefined && !hasHistory(this.#path)) this.#close()
    this.#store ??= openHistory(this.#path)
    try {
      return await work(this.#store)
    } catch (error) {
      // The next use opens it anew: its disk may have been away.
      this.#close()
      throw error
    }
  }

  #close(): void {
    const store = this.#store
    this.#store = undefined
    try {
      store?.close()
    } catch {
      // Its disk is gone.
    }
  }
}

import type { HistoryStore } from '../../store/history-store.ts'
import {
  hasHistory,
  historyFault,
  historyTrouble,
  openHistory,
  setAside,
} from '../../store/open-history.ts'
import type { Logger } from '../core/logger.ts'
import { KeptHistory } from './kept-history.ts'

/**
 * The file of the history, opened when it is first used. It is expendable: a damaged one is moved aside and begun
 * anew, and every other failure is logged and left to the caller, who tries it again later.
 */
export class HistoryFile extends KeptHistory {
  readonly #path: string
  #store: HistoryStore | undefined
  /** One use after another: one that fails closes the file. */
  #uses: Promise<unknown> = Promise.resolve()

  constructor(path: string, log: Logger) {
    super(log, { file: path })
    this.#path = path
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

  reasonOf(error: unknown): string | undefined {
    return historyTrouble(error) === undefined ? undefined : historyFault(this.#path, error)
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
      this.log.warn('the history was damaged, and is begun anew', {
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

import { NleError } from '../../errors.ts'
import type { HistoryStore, SharedHistory } from '../../store/history-store.ts'
import type { Store } from '../../store/store.ts'
import { troubleText } from '../../store/trouble.ts'
import type { Logger } from '../core/logger.ts'
import { KeptHistory } from './kept-history.ts'

/** The history in the database that several processes share. */
export class HistoryDatabase extends KeptHistory {
  readonly #history: SharedHistory
  readonly #troubleOf: Store['troubleOf']

  constructor(history: SharedHistory, troubleOf: Store['troubleOf'], log: Logger) {
    super(log, {})
    this.#history = history
    this.#troubleOf = troubleOf
  }

  use<T>(work: (store: HistoryStore) => Promise<T>): Promise<T> {
    return work(this.#history)
  }

  reasonOf(error: unknown): string | undefined {
    const trouble = this.#troubleOf(error)
    if (trouble !== undefined) return troubleText(trouble).replace(/^T/, 't').replace(/\.$/, '')
    const isUnfit = error instanceof NleError && error.code === 'unfit'
    return isUnfit ? 'what is on file of it is damaged' : undefined
  }

  async close(): Promise<void> {}
}

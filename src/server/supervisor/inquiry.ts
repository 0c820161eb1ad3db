import type { Clock, Timer } from '../core/clock.ts'

/** The pause after the first failure; each further failure doubles it. */
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000

/**
 * Asks once, and returns how long the answer is good for, ms; undefined when it need not be asked again. A
 * failure is retried.
 */
type Ask = (stopping: AbortSignal) => Promise<number | undefined>

/** A question that is asked in the background until it is stopped. */
export class Inquiry {
  readonly #clock: Clock
  readonly #ask: Ask
  readonly #failed: (reason: string) => void
  readonly #stopping = new AbortController()
  #pauseMs = FIRST_PAUSE_MS
  #timer: Timer | undefined

  /** @param failed - is told why, after each failure */
  constructor(clock: Clock, ask: Ask, failed: (reason: string) => void) {
    this.#clock = clock
    this.#ask = ask
    this.#failed = failed
  }

  start(): void {
    void this.#attempt()
  }

  stop(): void {
    this.#stopping.abort()
    this.#clock.clearTimer(this.#timer)
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#stopping
    let againMs: number | undefined
    try {
      againMs = await this.#ask(signal)
      this.#pauseMs = FIRST_PAUSE_MS
    } catch (error) {
      if (signal.aborted) return
      this.#failed(error instanceof Error ? error.message : String(error))
      againMs = this.#pauseMs
      this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS)
    }
    if (againMs === undefined || signal.aborted) return
    this.#timer = this.#clock.setTimer(againMs, () => void this.#attempt())
  }
}

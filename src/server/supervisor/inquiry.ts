import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'

/** The pause after the first failure; each further failure doubles it. */
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000
/** How long a failure for the same reason is not news. */
const QUIET_MS = 3_600_000

/**
 * Asks once, and returns how long the answer is good for, ms; undefined when it need not be asked again. A
 * failure is retried.
 */
type Ask = (stopping: AbortSignal) => Promise<number | undefined>

export interface InquiryWorld {
  readonly clock: Clock
  readonly log: Logger
}

/** A question that is asked in the background until it is stopped. */
export class Inquiry {
  readonly #world: InquiryWorld
  readonly #ask: Ask
  readonly #failure: string
  readonly #stopping = new AbortController()
  #pauseMs = FIRST_PAUSE_MS
  #timer: Timer | undefined

  /** @param failure - for the log: what a failure means */
  constructor(world: InquiryWorld, ask: Ask, failure: string) {
    this.#world = world
    this.#ask = ask
    this.#failure = failure
  }

  start(): void {
    void this.#attempt()
  }

  stop(): void {
    this.#stopping.abort()
    this.#world.clock.clearTimer(this.#timer)
  }

  async #attempt(): Promise<void> {
    const { signal } = this.#stopping
    const { clock, log } = this.#world
    let againMs: number | undefined
    try {
      againMs = await this.#ask(signal)
      this.#pauseMs = FIRST_PAUSE_MS
    } catch (error) {
      if (signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      log.warn(this.#failure, { reason }, { quietMs: QUIET_MS })
      againMs = this.#pauseMs
      this.#pauseMs = Math.min(this.#pauseMs * 2, MAX_PAUSE_MS)
    }
    if (againMs === undefined || signal.aborted) return
    this.#timer = clock.setTimer(againMs, () => void this.#attempt())
  }
}

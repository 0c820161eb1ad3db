import { NleError } from '../../errors.ts'
import { LATE_MS } from '../../protocol/delivery/push.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'

const EVERY_MS = 1_000
/** What has come in during a pause is read within this time after it, on a busy machine too. */
const REFUSE_MS = 5_000

/**
 * Notices that this process did nothing for a while: it was paused, or its machine was. A request that has waited
 * for it meanwhile is refused: its sender has repeated it on another process, and may have sent something else since.
 */
export class PauseWatch {
  readonly #clock: Clock
  readonly #log: Logger
  /** Undefined until it is started: a slow start is no pause. */
  #lookedAtMs: number | undefined
  #refusesUntilMs = Number.NEGATIVE_INFINITY
  #timer: Timer

  /** @param clock - of this machine: that of all processes may jump */
  constructor(clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
  }

  start(): void {
    this.#look()
    this.#timer = this.#clock.setTimer(EVERY_MS, () => this.start())
  }

  stop(): void {
    this.#clock.clearTimer(this.#timer)
  }

  /** Why a request that is read now is refused; undefined when it is not. */
  refusal(): NleError | undefined {
    if (this.#lookedAtMs === undefined || this.#look() >= this.#refusesUntilMs) return undefined
    return new NleError(
      'overloaded',
      'This server was paused, and the request may have waited for long. Try again in a moment.',
      { details: { retryAfterS: REFUSE_MS / 1_000 } },
    )
  }

  #look(): number {
    const { steadyMs } = this.#clock.now()
    const pausedMs = steadyMs - (this.#lookedAtMs ?? steadyMs)
    this.#lookedAtMs = steadyMs
    if (pausedMs > LATE_MS) {
      this.#refusesUntilMs = steadyMs + REFUSE_MS
      const seconds = Math.round(pausedMs / 1_000)
      this.#log.warn('this process was paused; requests that waited for it are refused', {
        seconds,
      })
    }
    return steadyMs
  }
}

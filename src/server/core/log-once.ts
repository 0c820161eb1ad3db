import { remember } from './bounded-map.ts'
import type { Logger } from './logger.ts'

/** The least time before the same line is logged again. */
const QUIET_MS = 3_600_000
/** Different lines remembered, and lines written per minute, at most. */
const MAX_REMEMBERED = 256
const MAX_PER_MINUTE = 20
const MINUTE_MS = 60_000

/** Warnings about what clients send: the same one once an hour, a flood of them as one number. */
export class LogOnce {
  readonly #log: Logger
  readonly #steadyMs: () => number
  readonly #loggedAtMs = new Map<string, number>()
  #minuteStartedAtMs = Number.NEGATIVE_INFINITY
  #inMinute = 0
  #suppressed = 0

  constructor(log: Logger, steadyMs: () => number) {
    this.#log = log
    this.#steadyMs = steadyMs
  }

  /** @param about - what makes two lines the same one; by default all fields */
  warn(
    event: string,
    fields: Readonly<Record<string, string>>,
    about: string | Readonly<Record<string, string>> = fields,
  ): void {
    const nowMs = this.#steadyMs()
    const key = JSON.stringify([event, about])
    const lastMs = this.#loggedAtMs.get(key)
    if (lastMs !== undefined && nowMs - lastMs < QUIET_MS) return
    if (nowMs - this.#minuteStartedAtMs >= MINUTE_MS) {
      if (this.#suppressed > 0) {
        this.#log.warn('more of the same were not logged', { count: this.#suppressed })
      }
      this.#minuteStartedAtMs = nowMs
      this.#inMinute = 0
      this.#suppressed = 0
    }
    if (this.#inMinute >= MAX_PER_MINUTE) {
      this.#suppressed += 1
      return
    }
    this.#inMinute += 1
    remember(this.#loggedAtMs, key, nowMs, MAX_REMEMBERED)
    this.#log.warn(event, fields)
  }
}

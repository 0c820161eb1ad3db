import type { JsonObject } from '../../protocol/bucket.ts'
import type { Clock, Timer } from '../core/clock.ts'

/** How long one bound of a range waits for the other one. */
const WINDOW_MS = 100

/**
 * Joins the two messages with which Home Assistant sets a range into one command. A single bound may
 * be refused (a new low above the current high), and two commands would be two pushes.
 */
export class RangeJoiner {
  readonly #waiting = new Map<string, { value: JsonObject; readonly timer: Timer }>()
  readonly #clock: Clock
  readonly #apply: (serial: string, value: JsonObject) => void

  constructor(clock: Clock, apply: (serial: string, value: JsonObject) => void) {
    this.#clock = clock
    this.#apply = apply
  }

  /** @param value - `{low}` or `{high}` */
  offer(serial: string, value: JsonObject): void {
    const waiting = this.#waiting.get(serial)
    if (waiting === undefined) {
      const timer = this.#clock.setTimer(WINDOW_MS, () => this.#release(serial))
      this.#waiting.set(serial, { value, timer })
      return
    }
    waiting.value = { ...waiting.value, ...value }
    if ('low' in waiting.value && 'high' in waiting.value) this.#release(serial)
  }

  /** Drops the bounds that wait. */
  close(): void {
    for (const { timer } of this.#waiting.values()) this.#clock.clearTimer(timer)
    this.#waiting.clear()
  }

  #release(serial: string): void {
    const waiting = this.#waiting.get(serial)
    if (waiting === undefined) return
    this.#clock.clearTimer(waiting.timer)
    this.#waiting.delete(serial)
    this.#apply(serial, waiting.value)
  }
}

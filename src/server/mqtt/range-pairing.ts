import type { JsonObject } from '../../protocol/bucket.ts'
import type { Clock, Timer } from '../core/clock.ts'

/** How long one bound of a range waits for the other one. */
const WINDOW_MS = 100

interface Held {
  value: JsonObject
  readonly timer: Timer
}

/**
 * Home Assistant sets a range with two messages. One alone may be refused (a new low above the high
 * of now), and two would be two pushes; so the first waits a moment for the second.
 */
export class Bounds {
  readonly #held = new Map<string, Held>()
  readonly #clock: Clock
  readonly #apply: (serial: string, value: JsonObject) => void

  constructor(clock: Clock, apply: (serial: string, value: JsonObject) => void) {
    this.#clock = clock
    this.#apply = apply
  }

  /** @param value - `{low}` or `{high}` */
  offer(serial: string, value: JsonObject): void {
    const held = this.#held.get(serial)
    if (held === undefined) {
      const timer = this.#clock.setTimer(WINDOW_MS, () => this.#release(serial))
      this.#held.set(serial, { value, timer })
      return
    }
    held.value = { ...held.value, ...value }
    if ('low' in held.value && 'high' in held.value) this.#release(serial)
  }

  /** Forgets what waits. */
  close(): void {
    for (const { timer } of this.#held.values()) this.#clock.clearTimer(timer)
    this.#held.clear()
  }

  #release(serial: string): void {
    const held = this.#held.get(serial)
    if (held === undefined) return
    this.#clock.clearTimer(held.timer)
    this.#held.delete(serial)
    this.#apply(serial, held.value)
  }
}

import type { Now } from '../../src/protocol/now.ts'
import type { Clock, Timer } from '../../src/server/core/clock.ts'

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly fire: () => void
}

/**
 * Simulated time: a queue of timers, which the network, the thermostat and the server share. The wall
 * clock of the server may be off by years and jump.
 */
export class SimClock {
  #nowMs: number
  #order = 0
  readonly #queue = new Map<number, Entry>()
  /** The error of the server's wall clock, ms. */
  wallOffsetMs = 0

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** The number of timers. */
  get waiting(): number {
    return this.#queue.size
  }

  at(delayMs: number, fire: () => void): number {
    const order = this.#order++
    this.#queue.set(order, { atMs: this.#nowMs + Math.max(0, delayMs), order, fire })
    return order
  }

  cancel(order: number): void {
    this.#queue.delete(order)
  }

  /** Fires the timers of this time span in order. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      let next: Entry | undefined
      for (const entry of this.#queue.values()) {
        if (entry.atMs > untilMs) continue
        if (next === undefined || entry.atMs < next.atMs) next = entry
      }
      if (next === undefined) break
      this.#queue.delete(next.order)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.fire()
      // Promises of the server settle before the next timer.
      for (let i = 0; i < 8; i++) await undefined
    }
    this.#nowMs = untilMs
  }

  /** The clock of one server process: its steady time starts equal to the wall clock. */
  serverClock(isAlive: () => boolean): Clock {
    const bootOffsetMs = this.wallOffsetMs
    return {
      now: (): Now => ({
        wallMs: this.#nowMs + this.wallOffsetMs,
        steadyMs: this.#nowMs + bootOffsetMs,
      }),
      setTimer: (ms, fire): Timer => this.at(ms, () => isAlive() && fire()),
      clearTimer: (timer) => this.cancel(timer as number),
    }
  }
}

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
  /** A binary heap of the same entries, the next one first; cancelled ones are left in it until their turn. */
  readonly #heap: Entry[] = []
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
    const entry = { atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order, fire }
    this.#queue.set(order, entry)
    this.#insert(entry)
    return order
  }

  cancel(order: number): void {
    this.#queue.delete(order)
  }

  /** Fires the timers of this time span in order. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [next] = this.#heap
      if (next === undefined || next.atMs > untilMs) break
      this.#removeFirst()
      if (!this.#queue.delete(next.order)) continue
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.fire()
      // All promises settle before the next timer.
      await new Promise((resolve) => process.nextTick(resolve))
    }
    this.#nowMs = untilMs
  }

  #insert(entry: Entry): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || isBefore(above, entry)) break
      heap[at] = above
      at = parent
    }
    heap[at] = entry
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let below = heap[child]
      const right = heap[child + 1]
      if (below !== undefined && right !== undefined && isBefore(right, below)) {
        child += 1
        below = right
      }
      if (below === undefined || isBefore(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
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

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

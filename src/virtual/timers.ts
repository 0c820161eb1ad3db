/** The clock and the timers that a thermostat runs on: the process's own, or a test's. */
export interface Timers {
  /** ms since epoch. */
  nowMs(): number
  /** Calls `fire` once, `delayMs` from now. The handle is for `clearTimer` only. */
  setTimer(fire: () => void, delayMs: number): unknown
  clearTimer(handle: unknown): void
}

/** The longest delay that setTimeout accepts. */
const LONGEST_MS = 2_147_483_647

/** The process's own clock. */
export const realTimers: Timers = {
  nowMs: () => Date.now(),
  setTimer: (fire, delayMs) => setTimeout(fire, Math.min(Math.max(delayMs, 0), LONGEST_MS)),
  clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/** A clock that only `advance` moves, for tests that must not sleep. */
export class ManualTimers implements Timers {
  #nowMs: number
  #nextHandle = 1
  readonly #pending = new Map<number, { atMs: number; fire: () => void }>()

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  setTimer(fire: () => void, delayMs: number): number {
    const handle = this.#nextHandle++
    this.#pending.set(handle, { atMs: this.#nowMs + Math.max(0, delayMs), fire })
    return handle
  }

  clearTimer(handle: unknown): void {
    if (typeof handle === 'number') this.#pending.delete(handle)
  }

  /** Moves the clock forward and fires due timers in order, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      const [handle, timer] = next
      this.#pending.delete(handle)
      this.#nowMs = Math.max(this.#nowMs, timer.atMs)
      timer.fire()
    }
    this.#nowMs = untilMs
  }

  /** When the next timer is due, ms since epoch; infinity without one. */
  get nextDueMs(): number {
    return Math.min(...[...this.#pending.values()].map(({ atMs }) => atMs))
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#pending.size
  }

  #next(untilMs: number): [number, { atMs: number; fire: () => void }] | undefined {
    return [...this.#pending]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0]
  }
}

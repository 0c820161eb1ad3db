import type { Now } from '../../src/protocol/now.ts'
import type { Clock, Timer } from '../../src/server/core/clock.ts'
import { ManualTimers } from '../../src/virtual/index.ts'

/** When the clock of tests starts, ms since epoch. */
export const START_MS = 1_760_000_000_000

/**
 * A server's clock that only `advance` moves. `timers` puts virtual thermostats on the same clock.
 */
export class ManualClock implements Clock {
  readonly timers: ManualTimers
  /** How far the wall clock is ahead of the steady one, ms. */
  wallOffsetMs = 0

  constructor(startMs = START_MS) {
    this.timers = new ManualTimers(startMs)
  }

  now(): Now {
    const steadyMs = this.timers.nowMs()
    return { wallMs: steadyMs + this.wallOffsetMs, steadyMs }
  }

  setTimer(ms: number, fire: () => void): Timer {
    return this.timers.setTimer(fire, ms)
  }

  clearTimer(timer: Timer): void {
    this.timers.clearTimer(timer)
  }

  /** Moves the clock forward and fires due timers. */
  advance(ms: number): void {
    this.timers.advance(ms)
  }
}

import type { Clock } from '../../../src/server/core/clock.ts'

/** A clock that goes on when the test says so. */
export class FakeClock implements Clock {
  #nowMs = 1_700_000_000_000
  #timers: { atMs: number; fire: () => void }[] = []

  now() {
    return { wallMs: this.#nowMs, steadyMs: this.#nowMs }
  }

  setTimer(ms: number, fire: () => void) {
    const timer = { atMs: this.#nowMs + ms, fire }
    this.#timers.push(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    this.#timers = this.#timers.filter((each) => each !== timer)
  }

  get timers(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    this.#nowMs += ms
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)) {
      this.clearTimer(timer)
      timer.fire()
    }
  }
}

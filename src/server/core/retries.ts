import type { Clock, Timer } from './clock.ts'

/** One timer per thermostat for changes that have to wait (`D6`). */
export class Retries {
  readonly #clock: Clock
  readonly #retry: (serial: string) => void
  readonly #armed = new Map<string, { timer: Timer; atSteadyMs: number }>()
  #stopped = false

  constructor(clock: Clock, retry: (serial: string) => void) {
    this.#clock = clock
    this.#retry = retry
  }

  /** Asks for a retry at this time; the earliest one asked for counts. */
  at(serial: string, atSteadyMs: number): void {
    // A request that is still being answered may ask for one; when it is due the database is closed.
    if (this.#stopped) return
    const armed = this.#armed.get(serial)
    if (armed !== undefined) {
      if (armed.atSteadyMs <= atSteadyMs) return
      this.#clock.clearTimer(armed.timer)
    }
    const delayMs = Math.max(0, atSteadyMs - this.#clock.now().steadyMs)
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#armed.delete(serial)
      this.#retry(serial)
    })
    this.#armed.set(serial, { timer, atSteadyMs })
  }

  forget(serial: string): void {
    const armed = this.#armed.get(serial)
    if (armed !== undefined) this.#clock.clearTimer(armed.timer)
    this.#armed.delete(serial)
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#armed.values()) this.#clock.clearTimer(timer)
    this.#armed.clear()
  }
}

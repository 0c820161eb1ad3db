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

  /** Asks for a retry at this time; the earliest one counts. */
  at(serial: string, atSteadyMs: number): void {
    // A request that is still being answered may ask for a retry, but the database is closed by then.
    if (this.#stopped) return
    const armed = this.#armed.get(serial)
    if (armed !== undefined && armed.atSteadyMs <= atSteadyMs) return
    this.#clock.clearTimer(armed?.timer)
    const delayMs = Math.max(0, atSteadyMs - this.#clock.now().steadyMs)
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#armed.delete(serial)
      this.#retry(serial)
    })
    this.#armed.set(serial, { timer, atSteadyMs })
  }

  forget(serial: string): void {
    this.#clock.clearTimer(this.#armed.get(serial)?.timer)
    this.#armed.delete(serial)
  }

  stop(): void {
    this.#stopped = true
    for (const serial of this.#armed.keys()) this.forget(serial)
  }
}

import type { Now } from '../../protocol/now.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'

const MEASURE_EVERY_MS = 30_000
/** Measurements that are kept; the quickest of them counts. */
const KEPT = 5
/** By how much two good clocks may drift apart between two of these measurements. */
const DRIFT_MS = 50

interface Measurement {
  /** What has to be added to this machine's steady time. */
  readonly offsetMs: number
  /** By how much it may be wrong. */
  readonly errorMs: number
}

/**
 * The database's clock, as far as it is known here: the time of all processes, whatever the clocks of their
 * machines say. It may jump forward, and goes slower where it would have to go back.
 */
export class SharedClock implements Clock {
  readonly #own: Clock
  readonly #time: () => Promise<number>
  readonly #log: Logger
  #measured: readonly Measurement[] = []
  #offsetMs = 0
  /** The last time that was told, and this machine's steady time then. */
  #toldMs = Number.NEGATIVE_INFINITY
  #toldAtOwnMs = 0
  #timer: Timer
  #stopped = false

  /** @param time - asks the database for its time, ms since epoch */
  constructor(own: Clock, time: () => Promise<number>, log: Logger) {
    this.#own = own
    this.#time = time
    this.#log = log
  }

  now(): Now {
    const ownMs = this.#own.now().steadyMs
    // At least half as fast as time itself.
    const leastMs = this.#toldMs + (ownMs - this.#toldAtOwnMs) / 2
    const ms = Math.max(ownMs + this.#offsetMs, leastMs)
    this.#toldMs = ms
    this.#toldAtOwnMs = ownMs
    return { wallMs: ms, steadyMs: ms }
  }

  setTimer(ms: number, fire: () => void): Timer {
    return this.#own.setTimer(ms, fire)
  }

  clearTimer(timer: Timer): void {
    this.#own.clearTimer(timer)
  }

  /** Asks the database once; to be done before the clock is first read, and regularly after that. */
  async measure(): Promise<void> {
    const askedAtMs = this.#own.now().steadyMs
    const timeMs = await this.#time()
    const answeredAtMs = this.#own.now().steadyMs
    const errorMs = (answeredAtMs - askedAtMs) / 2
    this.#use({ offsetMs: timeMs + errorMs - answeredAtMs, errorMs })
  }

  /** Measures every half minute from now on. */
  start(): void {
    if (this.#stopped) return
    this.#timer = this.#own.setTimer(MEASURE_EVERY_MS, () => {
      this.measure()
        .catch((error) =>
          this.#log.debug('the time could not be compared', { error: String(error) }),
        )
        .finally(() => this.start())
    })
  }

  stop(): void {
    this.#stopped = true
    this.#own.clearTimer(this.#timer)
  }

  #use(newest: Measurement): void {
    // One that contradicts the others was taken after the database's clock was set, or on another machine.
    const agreeing = this.#measured.filter(
      ({ offsetMs, errorMs }) =>
        Math.abs(offsetMs - newest.offsetMs) <= errorMs + newest.errorMs + DRIFT_MS,
    )
    this.#measured = [newest, ...agreeing].slice(0, KEPT)
    const quickest = this.#measured.reduce((best, each) =>
      each.errorMs < best.errorMs ? each : best,
    )
    this.#offsetMs = quickest.offsetMs
  }
}

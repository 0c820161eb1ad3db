import type { Clock } from '../../src/server/core/clock.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'

interface Waiting {
  readonly isTimer: boolean
  readonly work: () => void
}

interface SetTimer {
  number: number
  /** It may wait already for the end of a pause. */
  isCleared: boolean
}

/** One run of a server process: it can be paused, and what it did before its end has no effect after it. */
export class SimProcess {
  readonly #clock: SimClock
  readonly #random: Random
  /** What its own clock is ahead of the world's, ms. */
  readonly #ownOffsetMs: number
  #waiting: Waiting[] = []
  #pausedAtMs: number | undefined
  #hasEnded = false

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#ownOffsetMs = random.pick([0, -60_000, 60_000, random.int(3_600_000)])
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** When it was paused; undefined while it runs. */
  get pausedAtMs(): number | undefined {
    return this.#pausedAtMs
  }

  /** Does this in a turn of its event loop: later while it is paused, never once it has ended. */
  turn(work: () => void, isTimer = false): void {
    if (this.#hasEnded) return
    if (this.#pausedAtMs === undefined) work()
    else this.#waiting.push({ isTimer, work })
  }

  /** Returns the number of the timer. */
  after(ms: number, work: () => void): number {
    return this.#clock.at(ms, () => this.turn(work, true))
  }

  pause(): void {
    this.#pausedAtMs ??= this.#clock.nowMs
  }

  /** What has happened meanwhile follows, each in a turn of its own. */
  resume(): void {
    this.#pausedAtMs = undefined
    const waiting = this.#waiting
    this.#waiting = []
    const timersFirst = this.#random.chance(0.5)
    const ordered = timersFirst
      ? [...waiting.filter(({ isTimer }) => isTimer), ...waiting.filter(({ isTimer }) => !isTimer)]
      : waiting
    for (const { isTimer, work } of ordered) this.#clock.at(0, () => this.turn(work, isTimer))
  }

  end(): void {
    this.#hasEnded = true
    this.#waiting = []
  }

  /** The clock of its machine, which goes on while it is paused. */
  ownClock(): Clock {
    return {
      now: () => {
        const ms = this.#clock.nowMs + this.#ownOffsetMs
        return { wallMs: ms, steadyMs: ms }
      },
      setTimer: (ms, fire) => {
        const timer: SetTimer = { number: 0, isCleared: false }
        timer.number = this.after(ms, () => {
          if (!timer.isCleared) fire()
        })
        return timer
      },
      clearTimer: (cleared) => {
        const timer = cleared as SetTimer | undefined
        if (timer === undefined) return
        timer.isCleared = true
        this.#clock.cancel(timer.number)
      },
    }
  }
}

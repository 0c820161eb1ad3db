import type { Clock, Timer } from './clock.ts'

/** How long a write waits, so that its client hears of a refusal within two seconds. */
const WAIT_MS = 1_800
/** The pause between two attempts doubles from the first to the last of these. */
const FIRST_PAUSE_MS = 25
const LAST_PAUSE_MS = 250
/** What may wait at once: writes, and characters of what they write. */
const MAX_WRITES = 1_000
const MAX_LENGTH = 4_000_000

/** A write that found the database locked. */
export interface WaitingWrite {
  /** Roughly how many characters it writes. */
  readonly length: number
  /** Does it, or adds it again when the database is still locked. */
  attempt(): void
  /**
   * Gives it up: it is never done.
   *
   * @param error - with which the database was found locked
   */
  refuse(error: unknown): void
}

/**
 * The writes that wait, in their order, until another program unlocks the database. The event loop goes on
 * meanwhile, and each write is done or refused within two seconds. Once the database is known to be locked
 * for longer, further writes are refused at once, so that a long lock fills no memory.
 */
export class WaitingWrites {
  readonly #clock: Clock
  readonly #isLockedForLong: () => boolean
  readonly #queue: WaitingWrite[] = []
  /** By write: when it is given up, on the steady clock. */
  readonly #deadlines = new WeakMap<WaitingWrite, number>()
  #length = 0
  #pauseMs = FIRST_PAUSE_MS
  #timer: Timer | undefined
  #attempted: WaitingWrite | undefined
  #lockError: unknown
  #stopped = false

  constructor(clock: Clock, isLockedForLong: () => boolean) {
    this.#clock = clock
    this.#isLockedForLong = isLockedForLong
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** Lets a write wait, or refuses it. One that was attempted keeps its place and its deadline. */
  add(write: WaitingWrite, lockError: unknown): void {
    // A write that waits only for earlier ones has not met the lock itself.
    if (this.isEmpty) this.#lockError = lockError
    const { steadyMs } = this.#clock.now()
    const deadline = this.#deadlines.get(write)
    if (write === this.#attempted) {
      this.#attempted = undefined
      this.#queue.unshift(write)
      this.#length += write.length
      return
    }
    const isLate = deadline !== undefined && deadline <= steadyMs
    const isRefused = deadline === undefined && (this.#isFull(write) || this.#isLockedForLong())
    if (isLate || isRefused || this.#stopped) {
      write.refuse(this.#lockError)
      return
    }
    if (deadline === undefined) {
      this.#deadlines.set(write, steadyMs + WAIT_MS)
      if (this.isEmpty) this.#pauseMs = FIRST_PAUSE_MS
    }
    this.#queue.push(write)
    this.#length += write.length
    this.#arm()
  }

  /** Refuses all, for the end of the process. */
  stop(): void {
    this.#stopped = true
    this.#clock.clearTimer(this.#timer)
    for (const write of this.#queue.splice(0)) write.refuse(this.#lockError)
  }

  #isFull({ length }: WaitingWrite): boolean {
    return this.#queue.length >= MAX_WRITES || this.#length + length > MAX_LENGTH
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return
    const { steadyMs } = this.#clock.now()
    const deadlines = this.#queue.map((write) => this.#deadlines.get(write) ?? steadyMs)
    const leftMs = Math.max(0, Math.min(...deadlines) - steadyMs)
    this.#timer = this.#clock.setTimer(Math.min(this.#pauseMs, leftMs), () => {
      this.#timer = undefined
      this.#pauseMs = Math.min(this.#pauseMs * 2, LAST_PAUSE_MS)
      this.#attemptAll()
      this.#refuseLate()
      if (!this.isEmpty) this.#arm()
    })
  }

  /** Attempts them in order until one finds the database still locked. */
  #attemptAll(): void {
    for (let left = this.#queue.length; left > 0; left--) {
      const write = this.#take(0)
      this.#attempted = write
      write?.attempt()
      const isStillLocked = this.#attempted === undefined
      this.#attempted = undefined
      if (isStillLocked) return
    }
  }

  #refuseLate(): void {
    const { steadyMs } = this.#clock.now()
    for (const write of [...this.#queue]) {
      if ((this.#deadlines.get(write) ?? 0) > steadyMs) continue
      this.#take(this.#queue.indexOf(write))
      write.refuse(this.#lockError)
    }
  }

  #take(index: number): WaitingWrite | undefined {
    const [write] = this.#queue.splice(index, 1)
    this.#length -= write?.length ?? 0
    return write
  }
}

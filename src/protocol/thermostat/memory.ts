import type { Now } from '../now.ts'
import { mayRepeat, type RepeatGuard } from '../transport/repeat-guard.ts'

/**
 * What a server process remembers about one thermostat between requests. A restart loses it, which
 * costs a repeated answer but no data. Times are ms on the steady clock, unless said otherwise.
 */
export interface Memory {
  /** By object key, or `pairing`: the answers that repeat until the thermostat lists the bucket. */
  readonly guards: ReadonlyMap<string, RepeatGuard>
  /** By object key: when the server last asked the thermostat to upload the bucket. */
  readonly askedAtMs: ReadonlyMap<string, number>
  /** When a schedule was last pushed to it (`D6`). */
  readonly scheduleSentAtMs: number | undefined
  /** The time of the last claim that was reported to the thermostat (`P7`); wall clock. */
  readonly toldClaimAtMs: number | undefined
}

export const NO_MEMORY: Memory = {
  guards: new Map(),
  askedAtMs: new Map(),
  scheduleSentAtMs: undefined,
  toldClaimAtMs: undefined,
}

/** The server asks for the upload of a bucket at most once in this time (S table). */
const ASK_AGAIN_MS = 60_000
/** A thermostat may list keys of its own choosing, so their number is bounded. */
const MAX_KEYS = 256

/** The memory while one decision is made. */
export class MemoryDraft {
  #next: Memory

  constructor(before: Memory) {
    this.#next = before
  }

  /** The same object as before when nothing changed. */
  get result(): Memory {
    return this.#next
  }

  get scheduleSentAtMs(): number | undefined {
    return this.#next.scheduleSentAtMs
  }

  /** Whether a repeated answer may go out now (`P11`); if so, it counts as given. */
  mayAnswer(key: string, now: Now, holdMs: number): boolean {
    const { allowed, guard } = mayRepeat(this.#next.guards.get(key), now.steadyMs, holdMs)
    this.#next = { ...this.#next, guards: bounded(this.#next.guards, key, guard) }
    return allowed
  }

  /** The thermostat lists the bucket: if it loses the bucket again, it is answered at once. */
  forgetAnswers(key: string): void {
    if (!this.#next.guards.has(key)) return
    const guards = new Map(this.#next.guards)
    guards.delete(key)
    this.#next = { ...this.#next, guards }
  }

  /** Whether the server may ask for the upload of a bucket now; if so, it counts as asked. */
  mayAsk(objectKey: string, { steadyMs }: Now): boolean {
    const { askedAtMs } = this.#next
    if (steadyMs - (askedAtMs.get(objectKey) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS)
      return false
    this.#next = { ...this.#next, askedAtMs: bounded(askedAtMs, objectKey, steadyMs) }
    return true
  }

  /** A schedule goes out now. */
  scheduleSent({ steadyMs }: Now): void {
    this.#next = { ...this.#next, scheduleSentAtMs: steadyMs }
  }

  /** The claim of this time (wall clock) is reported to the thermostat. */
  toldOfClaim(claimedAtMs: number): void {
    if (this.#next.toldClaimAtMs === claimedAtMs) return
    this.#next = { ...this.#next, toldClaimAtMs: claimedAtMs }
  }
}

/** The map with this entry as its newest; beyond `MAX_KEYS` the oldest entries go. */
function bounded<T>(map: ReadonlyMap<string, T>, key: string, value: T): Map<string, T> {
  const next = new Map(map)
  next.delete(key)
  next.set(key, value)
  for (const oldest of next.keys()) {
    if (next.size <= MAX_KEYS) break
    next.delete(oldest)
  }
  return next
}

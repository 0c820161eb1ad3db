import type { Now } from '../now.ts'
import { mayRepeat, type RepeatGuard } from '../transport/repeat-guard.ts'

/**
 * What a server process remembers of one thermostat between requests. It is lost with the process,
 * and costs a repeated answer then, no data. All times are on the steady clock, ms.
 */
export interface Memory {
  /** By object key, or `pairing`: answers that are repeated until the thermostat lists them. */
  readonly guards: ReadonlyMap<string, RepeatGuard>
  /** By object key: when the thermostat was last asked to upload the bucket. */
  readonly askedAtMs: ReadonlyMap<string, number>
  /** When a schedule was last written to it (`D6`). */
  readonly scheduleSentAtMs: number | undefined
  /** The claim (wall clock, ms) that the thermostat itself has asked about and was told of (`P7`). */
  readonly toldClaimAtMs: number | undefined
}

export const NO_MEMORY: Memory = {
  guards: new Map(),
  askedAtMs: new Map(),
  scheduleSentAtMs: undefined,
  toldClaimAtMs: undefined,
}

/** A thermostat is asked to upload a bucket once in this time (S table). */
const ASK_AGAIN_MS = 60_000
/** Buckets remembered of one thermostat; it may list keys of its own choosing. */
const MAX_KEYS = 256

/** The memory while one decision is made: reads the old one, gives a new one if it differs. */
export class MemoryDraft {
  readonly #before: Memory
  #next: Memory

  constructor(before: Memory) {
    this.#before = before
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

  /** The thermostat lists the bucket: should it lose it again, it is answered at once. */
  forgetAnswers(key: string): void {
    if (!this.#next.guards.has(key)) return
    const guards = new Map(this.#next.guards)
    guards.delete(key)
    this.#next = { ...this.#next, guards }
  }

  /** Whether the thermostat may be asked to upload a bucket now; if so, it counts as asked. */
  mayAsk(objectKey: string, { steadyMs }: Now): boolean {
    const askedAtMs = this.#before.askedAtMs.get(objectKey)
    if (askedAtMs !== undefined && steadyMs - askedAtMs < ASK_AGAIN_MS) return false
    this.#next = {
      ...this.#next,
      askedAtMs: bounded(this.#next.askedAtMs, objectKey, steadyMs),
    }
    return true
  }

  scheduleSent({ steadyMs }: Now): void {
    this.#next = { ...this.#next, scheduleSentAtMs: steadyMs }
  }

  toldOfClaim(claimedAtMs: number): void {
    if (this.#next.toldClaimAtMs === claimedAtMs) return
    this.#next = { ...this.#next, toldClaimAtMs: claimedAtMs }
  }
}

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

import type { Now } from '../now.ts'
import { mayRepeat, type RepeatGuard } from '../transport/repeat-guard.ts'

/**
 * What a server process remembers about one thermostat between requests. A restart loses it, which
 * costs a repeated answer but no data. Times are ms on the steady clock, unless said otherwise.
 */
export interface Memory {
  /** By object key, or `pairing`: the answers that repeat until the thermostat lists the bucket. */
  readonly guards: ReadonlyMap<string, RepeatGuard>
  /** By object key: the upload requests without an answer so far. */
  readonly asks: ReadonlyMap<string, Asks>
  /** By object key: the revision that the thermostat listed of a bucket that the server has nothing of. */
  readonly foreignRevisions: ReadonlyMap<string, number>
  /** By object key: when the server last gave back a bucket that the thermostat had lost. */
  readonly givenBackAtMs: ReadonlyMap<string, number>
  /** When a schedule was last pushed to it (`D6`). */
  readonly scheduleSentAtMs: number | undefined
  /** The time of the last claim that was reported to the thermostat (`P7`); wall clock. */
  readonly toldClaimAtMs: number | undefined
}

/** The upload requests for one bucket. */
export interface Asks {
  /** When the last one went out. */
  readonly askedAtMs: number
  readonly times: number
}

export const NO_MEMORY: Memory = {
  guards: new Map(),
  asks: new Map(),
  foreignRevisions: new Map(),
  givenBackAtMs: new Map(),
  scheduleSentAtMs: undefined,
  toldClaimAtMs: undefined,
}

/** The server asks for the upload of a bucket at most once in this time (S table). */
const ASK_AGAIN_MS = 60_000
/** How often it asks a thermostat that has data of the bucket, until it puts (S table). */
const MAX_ASKS = 5
/** A write that a thermostat sends before it reads an answer arrives within this time. */
const ON_ITS_WAY_MS = 60_000
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
    this.#next = { ...this.#next, guards: without(this.#next.guards, key) }
  }

  /**
   * Whether the server may ask for the upload of a bucket now; if so, it counts as asked.
   *
   * @param hasData - whether the thermostat lists data of it: without an answer it is then asked five
   * times, not for ever
   */
  mayAsk(objectKey: string, { steadyMs }: Now, hasData: boolean): boolean {
    const { asks } = this.#next
    const { askedAtMs, times } = asks.get(objectKey) ?? NO_ASKS
    if (steadyMs - askedAtMs < ASK_AGAIN_MS || (hasData && times >= MAX_ASKS)) return false
    const asked = { askedAtMs: steadyMs, times: times + 1 }
    this.#next = { ...this.#next, asks: bounded(asks, objectKey, asked) }
    return true
  }

  /** Whether the server has asked for an upload of the bucket, and none has come. */
  hasAsked(objectKey: string): boolean {
    return this.#next.asks.has(objectKey)
  }

  /** The upload has come: if the server ever lacks the bucket again, it asks anew. */
  forgetAsks(objectKey: string): void {
    if (!this.#next.asks.has(objectKey)) return
    this.#next = { ...this.#next, asks: without(this.#next.asks, objectKey) }
  }

  /** A bucket that the thermostat has lost is given back with this answer. */
  gaveBack(objectKey: string, { steadyMs }: Now): void {
    const givenBackAtMs = bounded(this.#next.givenBackAtMs, objectKey, steadyMs)
    this.#next = { ...this.#next, givenBackAtMs }
  }

  /** Whether a bucket was given back a moment ago, so that a write may have crossed it on the way. */
  gaveBackLately(objectKey: string, { steadyMs }: Now): boolean {
    const atMs = this.#next.givenBackAtMs.get(objectKey)
    return atMs !== undefined && steadyMs - atMs < ON_ITS_WAY_MS
  }

  /** The latest revision that the thermostat has of a bucket from another server; 0 for none. */
  foreignRevision(objectKey: string): number {
    return this.#next.foreignRevisions.get(objectKey) ?? 0
  }

  /**
   * The thermostat lists a bucket.
   *
   * @param isOnFile - whether the server has the bucket, and counts its revisions itself
   */
  listed(objectKey: string, revision: number, isOnFile: boolean): void {
    const { foreignRevisions } = this.#next
    const known = foreignRevisions.get(objectKey)
    if (isOnFile || revision <= 0) {
      if (known === undefined) return
      this.#next = { ...this.#next, foreignRevisions: without(foreignRevisions, objectKey) }
    } else if (known !== revision) {
      const next = bounded(foreignRevisions, objectKey, revision)
      this.#next = { ...this.#next, foreignRevisions: next }
    }
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

const NO_ASKS: Asks = { askedAtMs: Number.NEGATIVE_INFINITY, times: 0 }

function without<T>(map: ReadonlyMap<string, T>, key: string): Map<string, T> {
  return new Map([...map].filter(([each]) => each !== key))
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

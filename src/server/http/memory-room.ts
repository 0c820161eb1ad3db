import type { HeapLoad } from '../../protocol/heap-load.ts'
import { isShare } from '../../protocol/lan/shares.ts'

/**
 * What every request may take beside the room: more than most requests of thermostats and people take, and than
 * most answers.
 */
export const SMALL_BYTES = 32 * 1024
const MAX_BYTES = 32 * 1024 * 1024
/** The part of the process's memory that large requests may take. */
const SHARE_OF_LIMIT = 1 / 8

/** The room for large requests and answers in a process that may use so much. */
export function roomFor(limitBytes: number): number {
  return Math.min(MAX_BYTES, limitBytes * SHARE_OF_LIMIT)
}

/**
 * The memory that large requests and unread answers share: bodies while they arrive and are worked on, answers
 * until they are read. One address gets at most half of what the others leave.
 */
export class MemoryRoom {
  readonly #maxBytes: number
  readonly #load: () => HeapLoad
  readonly #byAddress = new Map<string, number>()
  #taken = 0

  constructor(maxBytes = MAX_BYTES, load: () => HeapLoad = () => 'plenty') {
    this.#maxBytes = maxBytes
    this.#load = load
  }

  /** A claim that takes nothing yet. */
  claim(address: string): Claim {
    return new Claim((bytes) => this.#take(address, bytes))
  }

  #take(address: string, bytes: number): boolean {
    const own = this.#byAddress.get(address) ?? 0
    if (bytes > 0) {
      const isFair = isShare(own + bytes, this.#taken - own, this.#maxBytes)
      if (this.#load() !== 'plenty' || !isFair) return false
    }
    this.#taken += bytes
    if (own + bytes > 0) this.#byAddress.set(address, own + bytes)
    else this.#byAddress.delete(address)
    return true
  }
}

/** What one request or answer has of the room. */
export class Claim {
  readonly #take: (bytes: number) => boolean
  #bytes = 0

  constructor(take: (bytes: number) => boolean) {
    this.#take = take
  }

  /** Takes so much in all; false, and no more than before, when there is no room for it. */
  growTo(bytes: number): boolean {
    const more = Math.max(0, bytes - SMALL_BYTES) - this.#bytes
    if (more <= 0) return true
    if (!this.#take(more)) return false
    this.#bytes += more
    return true
  }

  /** Gives everything back; further calls do nothing. */
  end(): void {
    if (this.#bytes === 0) return
    this.#take(-this.#bytes)
    this.#bytes = 0
  }
}

/** Larger than the requests of thermostats and people: a full upload is about 20 kB. */
export const SMALL_BYTES = 32 * 1024
/** The memory that all bodies together may take beyond that. */
const MAX_LARGE_BYTES = 32 * 1024 * 1024

const NOTHING = Buffer.alloc(0)

/** The memory that large bodies of one listener share while they are received. */
export class BodyRoom {
  #taken = 0

  /** Reserves memory for a body that grows; false when there is none left. */
  grow(fromBytes: number, toBytes: number): boolean {
    const taken = this.#taken + beyondSmall(toBytes) - beyondSmall(fromBytes)
    if (taken > MAX_LARGE_BYTES) return false
    this.#taken = taken
    return true
  }

  free(bytes: number): void {
    this.#taken -= beyondSmall(bytes)
  }
}

function beyondSmall(bytes: number): number {
  return Math.max(0, bytes - SMALL_BYTES)
}

/**
 * A body while it is received. The first piece is not copied, because most bodies come in one. Later
 * pieces are copied together, because a piece of one byte would cost a hundred.
 */
export class GrowingBody {
  readonly #room: BodyRoom
  #memory: Buffer = NOTHING
  size = 0

  constructor(room: BodyRoom) {
    this.#room = room
  }

  /** False when there is no room for it. */
  add(piece: Buffer): boolean {
    const size = this.size + piece.length
    if (size > this.#memory.length) {
      const capacity = this.size === 0 ? size : 2 * size
      if (!this.#room.grow(this.#memory.length, capacity)) return false
      this.#memory = this.size === 0 ? piece : Buffer.concat([this.#memory], capacity)
    }
    if (this.size > 0) piece.copy(this.#memory, this.size)
    this.size = size
    return true
  }

  bytes(): Buffer {
    return this.#memory.subarray(0, this.size)
  }

  /** Frees the reserved memory; bytes that were handed out stay valid. */
  release(): void {
    this.#room.free(this.#memory.length)
  }
}

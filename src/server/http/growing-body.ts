import type { Claim } from './memory-room.ts'

const NOTHING = Buffer.alloc(0)

/**
 * A body while it is received. The first piece is not copied, because most bodies come in one. Later
 * pieces are copied together, because a piece of one byte would cost a hundred.
 */
export class GrowingBody {
  readonly #claim: Claim
  #memory: Buffer = NOTHING
  size = 0

  constructor(claim: Claim) {
    this.#claim = claim
  }

  /** False when there is no room for it. */
  add(piece: Buffer): boolean {
    const size = this.size + piece.length
    if (size > this.#memory.length) {
      const capacity = this.size === 0 ? size : 2 * size
      if (!this.#claim.growTo(capacity)) return false
      this.#memory = this.size === 0 ? piece : Buffer.concat([this.#memory], capacity)
    }
    if (this.size > 0) piece.copy(this.#memory, this.size)
    this.size = size
    return true
  }

  bytes(): Buffer {
    return this.#memory.subarray(0, this.size)
  }
}

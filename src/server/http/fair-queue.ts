/**
 * Work that waits, by sender. The senders take turns with one piece of work each, so that a sender with many
 * pieces delays another one by one piece only.
 */
export class FairQueue<T> {
  readonly #maxEach: number
  /** In the order in which they have their next turn. */
  readonly #waiting = new Map<string, T[]>()

  /** @param maxEach - how many pieces one sender may have in the queue */
  constructor(maxEach: number) {
    this.#maxEach = maxEach
  }

  /** False when this sender has too many already. */
  add(sender: string, work: T): boolean {
    const own = this.#waiting.get(sender)
    if (own === undefined) this.#waiting.set(sender, [work])
    else if (own.length >= this.#maxEach) return false
    else own.push(work)
    return true
  }

  /** Takes the next piece of work; undefined when none waits. */
  take(): T | undefined {
    for (const [sender, own] of this.#waiting) {
      const work = own.shift()
      this.#waiting.delete(sender)
      if (own.length > 0) this.#waiting.set(sender, own)
      return work
    }
    return undefined
  }
}

/** A small xorshift generator: the same seed gives the same numbers. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0 || 1
    for (let i = 0; i < 8; i++) this.#next()
  }

  /** Uniform integer in [0, max). */
  int(max: number): number {
    return this.#next() % max
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#next() / 0x1_0000_0000 < probability
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.int(items.length)] ?? items[0]
  }

  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state
  }
}

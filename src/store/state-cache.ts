/** A rough figure, in characters, for what a state costs beside the text of its buckets and changes. */
const ENTRY_COST = 2_000
/** The share that is left after an eviction, so that it is not needed again with the next state. */
const KEPT_SHARE = 0.75

interface Entry<State> {
  state: State
  cost: number
  /** Counts reads and writes of the cache. */
  usedAt: number
}

/**
 * The states that were read or written last, so that a thermostat's next request reads nothing.
 * Entries are changed in place: a Map whose keys are moved with each use leaves so many dead tables
 * that the heap doubles.
 */
export class StateCache<State extends { readonly serial: string }> {
  readonly #maxCost: number
  readonly #costOf: (state: State) => number
  #bySerial = new Map<string, Entry<State>>()
  #cost = 0
  #uses = 0

  /**
   * @param maxCost - of all states, in characters
   * @param costOf - what one costs, in characters
   */
  constructor(maxCost: number, costOf: (state: State) => number) {
    this.#maxCost = maxCost
    this.#costOf = costOf
  }

  get(serial: string): State | undefined {
    const entry = this.#bySerial.get(serial)
    if (entry === undefined) return undefined
    entry.usedAt = ++this.#uses
    return entry.state
  }

  set(state: State): void {
    const cost = ENTRY_COST + this.#costOf(state)
    const entry = this.#bySerial.get(state.serial)
    const usedAt = ++this.#uses
    if (entry === undefined) this.#bySerial.set(state.serial, { state, cost, usedAt })
    else {
      this.#cost -= entry.cost
      Object.assign(entry, { state, cost, usedAt })
    }
    this.#cost += cost
    if (this.#cost > this.#maxCost) this.#evict()
  }

  delete(serial: string): void {
    this.#cost -= this.#bySerial.get(serial)?.cost ?? 0
    this.#bySerial.delete(serial)
  }

  clear(): void {
    this.#bySerial = new Map()
    this.#cost = 0
  }

  /** Drops the states that were not used for longest. */
  #evict(): void {
    const oldestFirst = [...this.#bySerial].sort(([, a], [, b]) => a.usedAt - b.usedAt)
    for (const [serial] of oldestFirst) {
      if (this.#cost <= this.#maxCost * KEPT_SHARE) break
      this.delete(serial)
    }
  }
}

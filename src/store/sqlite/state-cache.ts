import { lengthOf } from '../../protocol/delivery/change-room.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'

/** A rough figure, in characters, for what a state costs beside the text of its buckets and changes. */
const ENTRY_COST = 2_000
/** Twenty thermostats with the 10 kB of buckets that real ones have need a quarter of it. */
const MAX_COST = 1_000_000
/** What is left after an eviction, so that it is not needed again with the next state. */
const KEPT_COST = MAX_COST * 0.75

interface Entry {
  state: ThermostatState
  cost: number
  /** Counts reads and writes of the cache. */
  usedAt: number
}

/**
 * The states that were read or written last, so that a thermostat's next request reads nothing.
 * Entries are changed in place: a Map whose keys are moved with each use leaves so many dead tables
 * that the heap doubles.
 */
export class StateCache {
  #bySerial = new Map<string, Entry>()
  #cost = 0
  #uses = 0

  get(serial: string): ThermostatState | undefined {
    const entry = this.#bySerial.get(serial)
    if (entry === undefined) return undefined
    entry.usedAt = ++this.#uses
    return entry.state
  }

  set(state: ThermostatState): void {
    let cost = ENTRY_COST
    for (const { length } of state.buckets.values()) cost += length
    for (const change of state.changes) cost += lengthOf(change)
    const entry = this.#bySerial.get(state.serial)
    const usedAt = ++this.#uses
    if (entry === undefined) this.#bySerial.set(state.serial, { state, cost, usedAt })
    else {
      this.#cost -= entry.cost
      Object.assign(entry, { state, cost, usedAt })
    }
    this.#cost += cost
    if (this.#cost > MAX_COST) this.#evict()
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
      if (this.#cost <= KEPT_COST) break
      this.delete(serial)
    }
  }
}

import type { ThermostatState } from '../../protocol/thermostat/state.ts'

/** The rough cost of an entry besides the text of its buckets, in characters. */
const ENTRY_COST = 1_000
/** The states of a household's thermostats fit many times over. */
const MAX_COST = 4_000_000

/** An LRU cache of states, so that a thermostat's next request does not read the database. */
export class StateCache {
  readonly #bySerial = new Map<string, { state: ThermostatState; cost: number }>()
  #cost = 0

  get(serial: string): ThermostatState | undefined {
    const entry = this.#bySerial.get(serial)
    if (entry === undefined) return undefined
    // The map is ordered by use, the least recently used entry first.
    this.#bySerial.delete(serial)
    this.#bySerial.set(serial, entry)
    return entry.state
  }

  set(state: ThermostatState): void {
    const { serial, buckets } = state
    this.delete(serial)
    let cost = ENTRY_COST
    for (const { length } of buckets.values()) cost += length
    this.#bySerial.set(serial, { state, cost })
    this.#cost += cost
    for (const oldest of this.#bySerial.keys()) {
      if (this.#cost <= MAX_COST) break
      this.delete(oldest)
    }
  }

  delete(serial: string): void {
    const entry = this.#bySerial.get(serial)
    if (entry === undefined) return
    this.#bySerial.delete(serial)
    this.#cost -= entry.cost
  }

  clear(): void {
    this.#bySerial.clear()
    this.#cost = 0
  }
}

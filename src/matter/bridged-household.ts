import { type BridgedStatus, isBridged } from '../protocol/matter/bridged-status.ts'
import { BridgedThermostat, type BridgeWorld } from './bridged-thermostat.ts'

/** More make apps slow, and Apple Home takes 150 accessories of one bridge. */
const MAX_THERMOSTATS = 64

/** The paired thermostats, each added, renamed and removed as it happens. */
export class Household {
  readonly #world: BridgeWorld
  readonly #bySerial = new Map<string, BridgedThermostat>()
  #isFull = false

  constructor(world: BridgeWorld) {
    this.#world = world
  }

  get size(): number {
    return this.#bySerial.size
  }

  /** Shows exactly these thermostats. */
  async showAll(statuses: readonly BridgedStatus[]): Promise<void> {
    const serials = new Set(statuses.map(({ serial }) => serial))
    for (const serial of this.#bySerial.keys()) {
      if (!serials.has(serial)) await this.remove(serial)
    }
    for (const status of statuses) await this.show(status)
  }

  async show(status: BridgedStatus): Promise<void> {
    const { serial } = status
    if (!isBridged(status)) return this.remove(serial)
    const known = this.#bySerial.get(serial)
    if (known !== undefined) return known.show(status)
    if (this.#bySerial.size >= MAX_THERMOSTATS) return this.#full()
    const thermostat = new BridgedThermostat(this.#world, status)
    this.#bySerial.set(serial, thermostat)
    await thermostat.show(status)
  }

  async remove(serial: string): Promise<void> {
    const thermostat = this.#bySerial.get(serial)
    this.#bySerial.delete(serial)
    await thermostat?.remove()
  }

  #full(): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#world.warn('too many thermostats for Matter', `only ${MAX_THERMOSTATS} are shown`)
  }
}

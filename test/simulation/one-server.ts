import type { Change } from '../../src/protocol/delivery/change.ts'
import type { ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { Services } from '../../src/server/services.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import type { Handled, ThermostatServer } from './sim-network.ts'
import { SimServer } from './sim-server.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

/** A household's server, which crashes and whose clock is set. */
export class OneServer implements World {
  readonly #clock: SimClock
  readonly #random: Random
  readonly #server: SimServer
  onEnd: World['onEnd'] = () => {}
  trace: World['trace'] = () => {}

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#server = new SimServer(clock, random)
  }

  get changes(): ReadonlyMap<number, Change> {
    return this.#server.changes
  }

  get isOnFile(): boolean {
    return this.#server.isOnFile
  }

  handle(...request: Parameters<ThermostatServer['handle']>): Handled {
    return this.#server.handle(...request)
  }

  reach(use: (services: Services) => void): void {
    if (this.#server.services !== undefined) use(this.#server.services)
  }

  /** Ends as by `kill -9`, and starts again, perhaps later. */
  harm(): void {
    this.trace('KILL')
    this.#server.kill()
    this.onEnd(this.#server)
    const later = this.#random.chance(0.5)
    if (later) this.#clock.at(this.#random.int(20 * MINUTE_MS), () => this.#server.start())
    else this.#server.start()
  }

  setClocks(): boolean {
    this.#clock.wallOffsetMs = this.#random.pick([
      0,
      0,
      -HOUR_MS,
      10 * YEAR_MS,
      this.#clock.wallOffsetMs + HOUR_MS,
    ])
    return this.#clock.wallOffsetMs !== 0
  }

  heal(): void {
    this.#clock.wallOffsetMs = 0
    this.#server.start()
  }

  disturb(): void {}

  load(serial: string): Promise<ThermostatState> {
    return this.#server.store.load(serial)
  }

  async changesOnFile(serial: string): Promise<readonly Change[]> {
    return (await this.#server.store.recentCommands(serial, 10_000)).flat()
  }

  end(): void {
    this.#server.kill()
    this.#server.store.close()
  }
}

import type { Change } from '../../src/protocol/delivery/change.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { makeServices, type Services } from '../../src/server/services.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { DeviceRequest } from '../../src/virtual/index.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import type { Handled } from './sim-network.ts'
import { type Answer, serve } from './sim-routes.ts'

export const CONFIG = {
  entryKeyTtlS: 3600,
  deviceAuth: 'off' as const,
  suspendTimeMaxS: 300,
  deferDeviceWindowS: 15,
  disableDeferWindowS: 60,
  maxSubscriptionsPerDevice: 100,
}

/**
 * The server on simulated connections: real services on a real store, which outlives them as a disk does.
 * `kill` is a `kill -9`: uncommitted writes and waiting requests are lost.
 */
export class SimServer {
  readonly store: SqliteStore
  readonly #clock: SimClock
  readonly #random: Random
  #services: Services | undefined
  /** Every committed change, as it was at its last commit. */
  readonly changes = new Map<number, Change>()
  /** Whether the thermostat is on file. */
  isOnFile = false
  /** The number of this server process; work of an earlier one has no effect. */
  #life = 0

  constructor(clock: SimClock, random: Random, databasePath = ':memory:') {
    this.#clock = clock
    this.#random = random
    // Every piece of work is a turn and a commit of its own.
    this.store = new SqliteStore(databasePath, { nowMs: clock.nowMs }, (flush) => flush())
    this.#recordCommits()
    this.start()
  }

  /** Records the writes of each decision before the server publishes it. */
  #recordCommits(): void {
    const decide = this.store.decide.bind(this.store)
    this.store.decide = (serial, make, done, failed) =>
      decide(
        serial,
        make,
        (decision) => {
          for (const change of decision.writes.changes) this.changes.set(change.id, change)
          this.isOnFile = decision.state.device !== undefined
          done(decision)
        },
        failed,
      )
    const prune = this.store.prune.bind(this.store)
    this.store.prune = async (limits) => {
      const forgotten = await prune(limits)
      // A clock that jumps ahead by years makes an unpaired thermostat look silent for as long.
      if (forgotten.length > 0) this.isOnFile = false
      return forgotten
    }
  }

  get services(): Services | undefined {
    return this.#services
  }

  start(): void {
    if (this.#services !== undefined) return
    const life = ++this.#life
    this.store.convertSteadyTimes(this.#clock.nowMs)
    const clock = this.#clock.serverClock(() => this.#life === life)
    this.#services = makeServices(this.store, {
      config: CONFIG,
      clock,
      log: silentLogger,
      randomInt: (max) => this.#random.int(max),
    })
    this.#services.housekeeping.start()
  }

  kill(): void {
    this.#services = undefined
    this.#life++
  }

  /** Handles one request. Throws while the server does not run. */
  handle(request: DeviceRequest, origin: string, answer: Answer): Handled {
    const services = this.#services
    if (services === undefined) throw new Error('connection refused')
    const life = this.#life
    const hangUp = serve(services, request, origin, answer, () => this.#life === life)
    return { hangUp, by: this }
  }
}

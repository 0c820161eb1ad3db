import type { Change } from '../../src/protocol/delivery/change.ts'
import type { ThermostatState } from '../../src/protocol/thermostat/state.ts'
import { Cluster } from '../../src/server/cluster/cluster.ts'
import { SharedClock } from '../../src/server/cluster/shared-clock.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { makeServices, type Services } from '../../src/server/services.ts'
import { stateOf } from '../../src/store/postgres/states.ts'
import type { DeviceRequest } from '../../src/virtual/index.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import { SimDatabase } from './sim-database.ts'
import { FAIR_LINK, type LinkWeather, SimLink } from './sim-link.ts'
import type { Handled } from './sim-network.ts'
import { SimProcess } from './sim-process.ts'
import { type Answer, serve } from './sim-routes.ts'
import { CONFIG } from './sim-server.ts'
import { simStore } from './sim-store.ts'
import type { World } from './world.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
/** How often a thermostat's next connection goes to another server. */
const MOVES = 0.15
/** After this time the balancer sends nothing more to a server that does not answer. */
const CHECKED_MS = 6_000
/** The pause before a server that could not start is started again. */
const START_AGAIN_MS = 1_000

/** One of the servers; it may be between two processes. */
interface Server {
  readonly number: number
  weather: LinkWeather
  process: SimProcess
  link: SimLink
  /** Undefined while it starts, and while there is no process. */
  services: Services | undefined
}

/** Several servers on one database, behind a balancer. */
export class SimCluster implements World {
  readonly #clock: SimClock
  readonly #random: Random
  readonly #database: SimDatabase
  readonly #servers: readonly [Server, ...Server[]]
  #processes = 0
  /** Where the balancer sends connections. */
  #chosen = 0
  onEnd: World['onEnd'] = () => {}
  trace: World['trace'] = () => {}

  constructor(clock: SimClock, random: Random, count: number) {
    this.#clock = clock
    this.#random = random
    this.#database = new SimDatabase(clock, random)
    const [first, ...others] = Array.from({ length: count }, (_, number) =>
      this.#makeServer(number),
    )
    if (first === undefined) throw new Error('a cluster without servers')
    this.#servers = [first, ...others]
  }

  get changes(): ReadonlyMap<number, Change> {
    return this.#database.rows.changes
  }

  get isOnFile(): boolean {
    return this.#database.rows.serials.length > 0
  }

  #makeServer(number: number): Server {
    const process = new SimProcess(this.#clock, this.#random)
    const server: Server = {
      number,
      weather: FAIR_LINK,
      process,
      link: this.#link(process),
      services: undefined,
    }
    this.#start(server)
    return server
  }

  #link(process: SimProcess): SimLink {
    const parts = { clock: this.#clock, random: this.#random, database: this.#database }
    return new SimLink(parts, process, `process${++this.#processes}`)
  }

  /** As `startServer` does. */
  #start(server: Server): void {
    const { process, link } = server
    link.weather = server.weather
    const store = simStore({ database: this.#database, random: this.#random, link, process })
    const sharedClock = new SharedClock(process.ownClock(), () => store.shared.time(), silentLogger)
    const begin = async (): Promise<void> => {
      await sharedClock.measure()
      const services = makeServices(store, {
        config: CONFIG,
        clock: sharedClock,
        log: silentLogger,
        randomInt: (max) => this.#random.int(max),
      })
      const { core, sentPushes, housekeeping } = services
      const cluster = new Cluster({
        core,
        sentPushes,
        shared: store.shared,
        work: {
          housekeeping: {
            begin: async () => housekeeping.clean(),
            end: () => housekeeping.leave(),
            refresh: async () => {},
          },
        },
        hasWatchers: () => false,
        ownClock: process.ownClock(),
      })
      await core.writer.write((each) => each.setServer(undefined))
      sharedClock.start()
      core.health.start()
      housekeeping.start()
      await cluster.start()
      server.services = services
    }
    begin().catch(() => {
      this.#kill(server)
      this.#clock.at(START_AGAIN_MS, () => this.#startAgain(server))
    })
  }

  #startAgain(server: Server): void {
    if (!server.process.hasEnded) return
    server.process = new SimProcess(this.#clock, this.#random)
    server.link = this.#link(server.process)
    this.#start(server)
  }

  #kill(server: Server): void {
    const { process, link } = server
    if (process.hasEnded) return
    server.services = undefined
    process.end()
    link.end()
    this.onEnd(process)
  }

  /** A server that the balancer takes for well; undefined when there is none. */
  #balanced(): (Server & { readonly services: Services }) | undefined {
    const { nowMs } = this.#clock
    if (this.#random.chance(MOVES)) this.#chosen = this.#random.int(this.#servers.length)
    for (let tries = 0; tries < this.#servers.length; tries++) {
      const server = this.#servers[(this.#chosen + tries) % this.#servers.length]
      if (server?.services === undefined) continue
      const { pausedAtMs = nowMs } = server.process
      if (nowMs - pausedAtMs < CHECKED_MS) return server as Server & { services: Services }
    }
    return undefined
  }

  handle(request: DeviceRequest, origin: string, answer: Answer): Handled {
    const server = this.#balanced()
    if (server === undefined) throw new Error('connection refused')
    const { process, services } = server
    this.trace(`  to server ${server.number}: ${request.id}`)
    let hangUp = (): void => {}
    process.turn(() => {
      hangUp = serve(services, request, origin, answer, () => !process.hasEnded)
    })
    return { hangUp: () => process.turn(() => hangUp()), by: process }
  }

  reach(use: (services: Services) => void): void {
    // People's requests are balanced one by one.
    const server = this.#random.pick(this.#servers)
    const { services, process } = server
    if (services === undefined) return
    this.trace(`  on server ${server.number}`)
    process.turn(() => use(services))
  }

  harm(): void {
    const random = this.#random
    const server = random.pick(this.#servers)
    const { number, link, process } = server
    const say = (what: string): void => this.trace(`${what} server ${number}`)
    switch (random.int(10)) {
      case 0:
        say('KILL')
        this.#kill(server)
        this.#clock.at(random.int(random.pick([SECOND_MS, MINUTE_MS])), () =>
          this.#startAgain(server),
        )
        break
      case 1: {
        const ms = random.int(random.pick([4 * SECOND_MS, 70 * SECOND_MS]))
        say(`PAUSE for ${ms} ms`)
        process.pause()
        this.#clock.at(ms, () => {
          this.trace(`RESUME server ${number}`)
          process.resume()
        })
        break
      }
      case 2:
        say('BREAK')
        link.breakAll()
        break
      case 3: {
        const ms = random.int(random.pick([4 * SECOND_MS, 40 * SECOND_MS]))
        say(`CUT for ${ms} ms`)
        link.cut()
        this.#clock.at(ms, () => {
          link.isCut = false
        })
        break
      }
      case 4:
      case 5:
        say('DEAF')
        link.goDeaf()
        break
      case 6:
        this.#restartDatabase(random.int(random.pick([SECOND_MS, 20 * SECOND_MS])))
        break
      case 7: {
        server.weather = this.#weather()
        say(`WEATHER ${JSON.stringify(server.weather)}`)
        link.weather = server.weather
        break
      }
      case 8:
        say('LOOK')
        this.reach(({ core }) => {
          core.store.load(this.#database.rows.serials[0] ?? '').catch(() => {})
        })
        break
      default:
        this.#chosen = random.int(this.#servers.length)
    }
  }

  #restartDatabase(ms: number): void {
    this.trace(`DATABASE away for ${ms} ms`)
    this.#database.stop()
    for (const { link } of this.#servers) link.breakAll()
    this.#clock.at(ms, () => {
      this.#database.isUp = true
    })
  }

  #weather(): LinkWeather {
    return this.#random.pick([
      FAIR_LINK,
      { ...FAIR_LINK, delayMs: 300 },
      { ...FAIR_LINK, delayMs: 2_500 },
      { ...FAIR_LINK, delayMs: 20, commitLoss: 0.3 },
      { ...FAIR_LINK, delayMs: 300, refusals: 0.3 },
      { ...FAIR_LINK, delayMs: 20, commitLoss: 0.1, unclear: 0.05 },
    ])
  }

  /** The database moves to another machine, whose clock is another one; time goes on from where it was. */
  setClocks(): boolean {
    this.#database.clockOffsetMs = this.#random.int(2 * MINUTE_MS) - MINUTE_MS
    this.trace(`CLOCK of the database ${this.#database.clockOffsetMs} ms`)
    this.#restartDatabase(this.#random.int(3 * SECOND_MS))
    return false
  }

  heal(): void {
    this.#database.isUp = true
    for (const server of this.#servers) {
      server.weather = FAIR_LINK
      server.link.isCut = false
      server.link.weather = FAIR_LINK
      server.process.resume()
      this.#startAgain(server)
    }
  }

  disturb(): void {
    if (this.#random.chance(0.3)) this.#random.pick(this.#servers).link.goDeaf()
  }

  async load(serial: string): Promise<ThermostatState> {
    const [row] = this.#database.rows.load([serial], [null])
    if (row === undefined) throw new Error('the thermostat is not on file')
    return stateOf(row)
  }

  async changesOnFile(serial: string): Promise<readonly Change[]> {
    return this.#database.rows.recentCommands(serial, Number.POSITIVE_INFINITY).flat()
  }

  end(): void {
    for (const server of this.#servers) this.#kill(server)
  }
}

import { HeldThermostat } from '../../bench/held-thermostat.ts'
import type { LeanConnection } from '../../bench/lean-connection.ts'
import { sleep } from '../../bench/scenario.ts'
import {
  httpRequest,
  putRequest,
  SEEDED_AT_MS,
  seededList,
  serialOf,
  subscribeRequest,
} from '../../bench/thermostat.ts'
import type { Target } from './crowd.ts'
import { HomeClient, refused } from './home-client.ts'
import { homeAddress } from './network.ts'
import { pairNewcomer } from './newcomer.ts'
import { pause, Tally, timed } from './tally.ts'

/** Thermostats of the household that are on file from the start. */
export const PAIRED = 3
export const PUTTING = serialOf(0)
const COMMANDED = serialOf(1)
const SILENT = serialOf(2)
const SEEDED_REVISION = 1
const NEWCOMER_ADDRESSES = 200
/** Before a request is tried again when the attack is over. */
const AGAIN_MS = 100

/** What the server promised the household. */
export interface Promised {
  /** That of the latest receipt of the thermostat that puts. */
  readonly revision: number
  /** Serials of those that were paired. */
  readonly paired: readonly string[]
}

/**
 * The honest ones: a thermostat that puts, one that gets commands, one that holds a connection in silence, new
 * ones that are paired, and the owner.
 */
export class Household {
  /** Puts first, then pairings. */
  readonly tallies: readonly Tally[]
  readonly #target: Target
  readonly #thermostat: HomeClient
  readonly #owner: HomeClient
  readonly #commanded: HeldThermostat
  readonly #silent: HeldThermostat
  readonly #paired: string[] = []
  #newcomers = 0
  #revision = SEEDED_REVISION
  #puts = 0
  #commands = 0

  constructor(target: Target) {
    this.#target = target
    this.#owner = new HomeClient(target, homeAddress(1))
    this.#thermostat = new HomeClient(target, homeAddress(2))
    const held = (serial: string): HeldThermostat =>
      new HeldThermostat(serial, target.devicePort, seededList(serial), this.#thermostat.route)
    this.#commanded = held(COMMANDED)
    this.#silent = held(SILENT)
    this.tallies = [
      new Tally('put', 250, () => timed(() => this.#put())),
      new Tally('pair', 5_000, () => this.#pair()),
      new Tally('subscribe', 2_000, () => timed(() => this.#subscribe())),
      new Tally('command', 3_000, () => timed(() => this.#command())),
      new Tally('list of devices', 1_000, () => timed(() => this.#list())),
      new Tally('event stream', 5_000, () => timed(() => this.#watch())),
    ]
  }

  get promised(): Promised {
    return { revision: this.#revision, paired: this.#paired }
  }

  /** Why the silent thermostat lost its connection; undefined while it holds it. */
  get lostHold(): Error | undefined {
    return this.#silent.error
  }

  async hold(): Promise<void> {
    await Promise.all([this.#commanded.hold(), this.#silent.hold()])
  }

  /** Sends each kind of request when it is due, until `over` is aborted. */
  async live(over: AbortSignal): Promise<void> {
    await Promise.all(
      this.tallies.map(async (tally) => {
        while (!over.aborted) {
          const next = pause(tally.everyMs, over)
          await tally.once()
          await next
        }
      }),
    )
  }

  /** Lets the thermostat that gets commands subscribe again after a refusal, until `over` is aborted. */
  async keepHeld(over: AbortSignal): Promise<void> {
    const held = this.#commanded
    while (!over.aborted) {
      await pause(AGAIN_MS, over)
      if (held.error === undefined) continue
      held.error = undefined
      held.drop()
      // The next round sees a refusal; the tally of subscribes counts them.
      await held.hold().catch(() => {})
    }
  }

  /** Tries each kind of request until it is served; resolves to what was not served in time. */
  async unserved(withinMs: number): Promise<string[]> {
    const untilMs = performance.now() + withinMs
    const refusals = await Promise.all(
      this.tallies.map(async (tally) => {
        for (;;) {
          const outcome = await tally.attempt()
          if (typeof outcome === 'number') return []
          if (performance.now() > untilMs) return [`${tally.name}: ${outcome.what}`]
          await sleep(AGAIN_MS)
        }
      }),
    )
    return refusals.flat()
  }

  close(): void {
    this.#commanded.close()
    this.#silent.close()
  }

  async #put(): Promise<void> {
    // The number decides the values, which differ from those of the put before.
    const request = putRequest(PUTTING, this.#puts++, this.#revision)
    const { body } = await this.#thermostat.ask('device', request)
    const [receipt] = JSON.parse(body).objects
    if (receipt?.object_key !== `device.${PUTTING}`) throw new Error(`no receipt: ${body}`)
    // The receipt of a put that was given up may come after that of a later one.
    this.#revision = Math.max(this.#revision, receipt.object_revision)
  }

  /** Subscribes, on a connection of its own, until it is held. */
  async #subscribe(): Promise<void> {
    const connection = await this.#thermostat.open('device')
    const version = { revision: this.#revision, timestamp: SEEDED_AT_MS }
    const request = subscribeRequest(PUTTING, new Map([[`device.${PUTTING}`, version]]))
    await opened(connection, request).finally(() => connection.close())
  }

  async #pair(): Promise<number> {
    const n = this.#newcomers++
    const serial = serialOf(PAIRED + n)
    const address = homeAddress(3 + (n % NEWCOMER_ADDRESSES))
    const ms = await pairNewcomer(serial, new HomeClient(this.#target, address), this.#owner)
    this.#paired.push(serial)
    return ms
  }

  async #command(): Promise<void> {
    const held = this.#commanded
    const celsius = 15 + (this.#commands++ % 97) / 10
    // An earlier command that was given up may arrive first.
    const arrived = held.chunk((document) => document.includes(`"target_temperature":${celsius},`))
    const command = { serial: COMMANDED, command: 'set_temperature', value: celsius }
    await this.#owner.ask('control', httpRequest('POST', '/command', JSON.stringify(command)))
    await arrived
  }

  async #list(): Promise<void> {
    const { body } = await this.#owner.ask('control', httpRequest('GET', '/api/devices'))
    if (!body.includes(PUTTING)) throw new Error('the list lacks the thermostat')
  }

  /** Opens a stream of events as the page of a home automation does, and closes it. */
  async #watch(): Promise<void> {
    const connection = await this.#owner.open('control')
    const request = httpRequest('GET', '/api/events')
    await opened(connection, request).finally(() => connection.close())
  }
}

/** Resolves once a request whose answer does not end is answered well. */
function opened(connection: LeanConnection, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.hold(request, {
      head: (status) => (status === 200 ? resolve() : reject(refused(status))),
      chunk: () => {},
      end: () => {},
      failed: reject,
    })
  })
}

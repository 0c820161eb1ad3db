import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { resolveConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import {
  type LogEntry,
  type ProfileOptions,
  VirtualThermostat,
  type VirtualThermostatOptions,
} from '../../src/virtual/index.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

export const SERIAL = '02AA01AC12345678'

type Push = Extract<LogEntry, { kind: 'push' }>

/** One thermostat of a household, and which of its requests are without an answer. */
export class Resident {
  readonly thermostat: VirtualThermostat
  readonly log: LogEntry[] = []
  readonly #inFlight = new Set<number>()
  /** A poll of transport v3 is answered only when there is something to say (V6). */
  readonly #polls: boolean
  /** A subscribe failed, or a poll brought what it has; the next one is sent after a pause. */
  #retrying = false

  constructor(options: VirtualThermostatOptions) {
    this.thermostat = new VirtualThermostat(options)
    this.#polls = options.transport === 'v3'
    this.thermostat.on((entry) => this.#note(entry))
  }

  /** The pushes of a bucket type so far. */
  pushes(type: string): Push[] {
    return this.log.filter(
      (entry): entry is Push => entry.kind === 'push' && entry.key.startsWith(`${type}.`),
    )
  }

  /** Whether every request is answered and, unless it waits to retry, a subscription is held. */
  isIdle(server: RunningServer): boolean {
    const held = server.core.subscriptions.count(this.thermostat.serial)
    return !this.waits && (held > 0 || this.#retrying)
  }

  /** Whether a request other than a poll is without an answer. */
  get waits(): boolean {
    return this.#inFlight.size > 0
  }

  /** It went off the network: nothing is answered any more. */
  forgetRequests(): void {
    this.#inFlight.clear()
  }

  #note(entry: LogEntry): void {
    this.log.push(entry)
    if (entry.kind === 'requested') {
      const isPoll = this.#polls && entry.request === 'subscribe'
      if (!isPoll) this.#inFlight.add(entry.requestId)
    }
    if (entry.kind === 'answered' || entry.kind === 'failed') this.#inFlight.delete(entry.requestId)
    if (entry.kind === 'requested' || entry.kind === 'failed') {
      // Every other request follows a subscribe, and the entry precedes all.
      if (entry.request === 'subscribe' || entry.request === 'entry') {
        this.#retrying = entry.kind === 'failed'
      }
    }
    if (this.#polls && entry.kind === 'push') this.#retrying = entry.outcome !== 'applied'
    if (entry.kind === 'booted') this.#inFlight.clear()
  }
}

/** A server and thermostats over simulated hours; each may be restarted. */
export class Household {
  readonly clock = new ManualClock()
  readonly #databasePath: string
  readonly #residents: Resident[] = []
  #server: RunningServer | undefined

  private constructor(databasePath: string) {
    this.#databasePath = databasePath
  }

  /** Starts the server and one thermostat; resolves once that is subscribed and has put its state. */
  static async open(t: Test, profile: Partial<ProfileOptions> = {}): Promise<Household> {
    const household = await Household.empty(t)
    await household.moveIn(SERIAL, profile)
    return household
  }

  /** The same, paired with the code on the screen. */
  static async paired(t: Test, profile: Partial<ProfileOptions> = {}): Promise<Household> {
    const household = await Household.open(t, profile)
    await household.pair(household.thermostat)
    await household.pass(20_000)
    return household
  }

  /** Starts the server alone. */
  static async empty(t: Test): Promise<Household> {
    // Its own folder: that of tap is deleted while the server still ends, and writes down its history.
    const folder = mkdtempSync(join(tmpdir(), 'nle-household-'))
    const household = new Household(join(folder, 'nle.sqlite'))
    t.teardown(async () => {
      await household.#close()
      rmSync(folder, { recursive: true })
    })
    await household.startServer()
    return household
  }

  /** Starts one more thermostat; resolves once it is subscribed and has put its state. */
  async moveIn(serial: string, profile: Partial<ProfileOptions> = {}): Promise<Resident> {
    const origin = this.server.deviceUrl
    const resident = new Resident({ serial, origin, timers: this.clock.timers, ...profile })
    this.#residents.push(resident)
    resident.thermostat.start()
    await this.pass(5_000)
    return resident
  }

  /** Pairs a thermostat by the code on its screen. */
  async pair(thermostat: VirtualThermostat): Promise<void> {
    const code = await thermostat.whenCode()
    await this.ask('POST', '/api/register', { code, userId: 'homeassistant' })
    await thermostat.whenPaired()
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server is not running')
    return this.#server
  }

  /** The thermostat that came first. */
  get thermostat(): VirtualThermostat {
    return this.#first.thermostat
  }

  get log(): readonly LogEntry[] {
    return this.#first.log
  }

  async ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.server.controlUrl}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }

  command(command: string, value: unknown, serial = SERIAL): Promise<Record<string, unknown>> {
    return this.ask('POST', '/command', { serial, command, value })
  }

  /** The state of a change, from the answer of `command`. */
  async stateOf({ change_id: id }: Record<string, unknown>): Promise<unknown> {
    return (await this.ask('GET', `/api/changes/${id}`)).state
  }

  /** The pushes of a bucket type to the first thermostat so far. */
  pushes(type: string): Push[] {
    return this.#first.pushes(type)
  }

  /**
   * Moves the clock from timer to timer, or in steps of a second where timers are closer. After each step,
   * waits until every thermostat has its requests answered and, if it is online, a subscription held.
   */
  async pass(ms: number): Promise<void> {
    const { timers } = this.clock
    const untilMs = timers.nowMs() + ms
    await this.#idle()
    while (timers.nowMs() < untilMs) {
      const soonestMs = Math.max(timers.nextDueMs, timers.nowMs() + 1_000)
      this.clock.advance(Math.min(soonestMs, untilMs) - timers.nowMs())
      await this.#idle()
    }
  }

  /** Takes the first thermostat off the network, by its battery, for this time. */
  async offline(ms: number): Promise<void> {
    await this.goOffline()
    this.clock.advance(ms)
    await this.comeBack()
  }

  async goOffline(): Promise<void> {
    this.thermostat.sense({ batteryVolts: 3.5 })
    this.#first.forgetRequests()
    while (this.server.core.subscriptions.count(SERIAL) > 0) await this.ask('GET', '/health')
  }

  async comeBack(): Promise<void> {
    this.thermostat.sense({ batteryVolts: 3.9 })
    await this.pass(5_000)
  }

  async startServer(address?: { device: number; control: number }): Promise<void> {
    const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
    const { device: serverPort = 0, control: controlPort = 0 } = address ?? {}
    this.#server = await startServer({
      config: { ...config, serverPort, controlPort },
      databasePath: this.#databasePath,
      clock: this.clock,
      log: silentLogger,
    })
  }

  /** Stops the server, calls `meanwhile`, and starts it at the same address. */
  async restartServer(meanwhile: () => void = () => {}): Promise<void> {
    const { deviceUrl, controlUrl } = this.server
    const seen = this.#residents.map(({ log }) => log.length)
    await this.server.stop()
    this.#server = undefined
    meanwhile()
    await Promise.all(
      this.#residents.map((resident, i) =>
        resident.thermostat.waitFor(
          'a refused request',
          () =>
            !resident.waits && resident.log.slice(seen[i]).some(({ kind }) => kind === 'failed'),
        ),
      ),
    )
    await this.startServer({
      device: Number(new URL(deviceUrl).port),
      control: Number(new URL(controlUrl).port),
    })
    await this.pass(10_000)
  }

  get #first(): Resident {
    const [first] = this.#residents
    if (first === undefined) throw new Error('there is no thermostat yet')
    return first
  }

  async #idle(): Promise<void> {
    // Each request is a turn of the event loop, in which bytes arrive.
    do await this.ask('GET', '/health')
    while (!this.#residents.every((resident) => resident.isIdle(this.server)))
  }

  async #close(): Promise<void> {
    for (const { thermostat } of this.#residents) thermostat.stop()
    await this.#server?.stop()
  }
}

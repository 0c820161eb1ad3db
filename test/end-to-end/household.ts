import { join } from 'node:path'
import type { Test } from 'tap'
import { resolveConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { type LogEntry, type ProfileOptions, VirtualThermostat } from '../../src/virtual/index.ts'
import { ManualClock } from '../helpers/manual-clock.ts'

export const SERIAL = '02AA01AC12345678'

type Push = Extract<LogEntry, { kind: 'push' }>

/** A server and a thermostat over simulated hours; either may be restarted. */
export class Household {
  readonly clock = new ManualClock()
  readonly log: LogEntry[] = []
  readonly #databasePath: string
  readonly #inFlight = new Set<number>()
  /** A subscribe failed; the next one is sent after a pause. */
  #retrying = false
  #server: RunningServer | undefined
  #thermostat: VirtualThermostat | undefined

  private constructor(databasePath: string) {
    this.#databasePath = databasePath
  }

  /** Starts both; resolves once the thermostat is subscribed and has put its state. */
  static async open(t: Test, profile: Partial<ProfileOptions> = {}): Promise<Household> {
    const household = new Household(join(t.testdir(), 'nle.sqlite'))
    t.teardown(() => household.#close())
    await household.startServer()
    const timers = household.clock.timers
    const origin = household.server.deviceUrl
    const one = new VirtualThermostat({ serial: SERIAL, origin, timers, ...profile })
    household.#thermostat = one
    one.on((entry) => household.#note(entry))
    one.start()
    await household.pass(5_000)
    return household
  }

  /** The same, paired with the code on the screen. */
  static async paired(t: Test, profile: Partial<ProfileOptions> = {}): Promise<Household> {
    const household = await Household.open(t, profile)
    const code = await household.thermostat.whenCode()
    await household.ask('POST', '/api/register', { code, userId: 'homeassistant' })
    await household.thermostat.whenPaired()
    await household.pass(20_000)
    return household
  }

  get server(): RunningServer {
    if (this.#server === undefined) throw new Error('the server is not running')
    return this.#server
  }

  get thermostat(): VirtualThermostat {
    if (this.#thermostat === undefined) throw new Error('there is no thermostat yet')
    return this.#thermostat
  }

  async ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.server.controlUrl}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }

  command(command: string, value: unknown): Promise<Record<string, unknown>> {
    return this.ask('POST', '/command', { serial: SERIAL, command, value })
  }

  /** The state of a change, from the answer of `command`. */
  async stateOf({ change_id: id }: Record<string, unknown>): Promise<unknown> {
    return (await this.ask('GET', `/api/changes/${id}`)).state
  }

  /** The pushes of a bucket type so far. */
  pushes(type: string): Push[] {
    return this.log.filter(
      (entry): entry is Push => entry.kind === 'push' && entry.key.startsWith(`${type}.`),
    )
  }

  /**
   * Moves the clock in steps of a second. After each, waits until the thermostat has every request
   * answered and, if it is online, one subscription held.
   */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.clock.advance(Math.min(1_000, ms - passed))
      await this.#idle()
    }
  }

  /** Takes the thermostat off the network, by its battery, for this time. */
  async offline(ms: number): Promise<void> {
    await this.goOffline()
    this.clock.advance(ms)
    await this.comeBack()
  }

  async goOffline(): Promise<void> {
    this.thermostat.sense({ batteryVolts: 3.5 })
    this.#inFlight.clear()
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
    const seen = this.log.length
    await this.server.stop()
    this.#server = undefined
    meanwhile()
    await this.thermostat.waitFor(
      'a refused request',
      () => this.#inFlight.size === 0 && this.log.slice(seen).some(({ kind }) => kind === 'failed'),
    )
    await this.startServer({
      device: Number(new URL(deviceUrl).port),
      control: Number(new URL(controlUrl).port),
    })
    await this.pass(10_000)
  }

  #note(entry: LogEntry): void {
    this.log.push(entry)
    if (entry.kind === 'requested') this.#inFlight.add(entry.requestId)
    if (entry.kind === 'answered' || entry.kind === 'failed') this.#inFlight.delete(entry.requestId)
    if (entry.kind === 'requested' || entry.kind === 'failed') {
      // Every other request follows a subscribe, and the entry precedes all.
      if (entry.request === 'subscribe' || entry.request === 'entry') {
        this.#retrying = entry.kind === 'failed'
      }
    }
    if (entry.kind === 'booted') this.#inFlight.clear()
  }

  async #idle(): Promise<void> {
    // Each request is a turn of the event loop, in which bytes arrive.
    do await this.ask('GET', '/health')
    while (
      this.#inFlight.size > 0 ||
      (this.server.core.subscriptions.count(SERIAL) === 0 && !this.#retrying)
    )
  }

  async #close(): Promise<void> {
    this.#thermostat?.stop()
    await this.#server?.stop()
  }
}

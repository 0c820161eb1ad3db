import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fetch as fetchBySocket } from 'undici'
import { wayTo } from '../../src/commands/client/http-json.ts'
import { resolveConfig } from '../../src/config.ts'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { startServer } from '../../src/server/server.ts'
import { historyPath } from '../../src/store/history-path.ts'
import { socketOfServer } from '../../src/store/socket-path.ts'
import type { TokenScope } from '../../src/store/store.ts'
import { modelProfile, type ProfileOptions, VirtualThermostat } from '../../src/virtual/index.ts'
import { freePorts } from '../crash/ports.ts'
import { socketFolder } from '../helpers/home.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { type ServeProcess, spawnServe } from '../helpers/serve-process.ts'
import { SIMULATED_ZONE, seedHistory } from '../helpers/simulated-history.ts'
import { Random } from '../simulation/random.ts'
import { DeafThermostat } from './deaf-thermostat.ts'

// The household that browser tests, screenshots and measurements share: a real `nle serve` and thermostats in
// every state that the page has something to say about.

/** How long the attic has been silent, ms. */
const SILENT_MS = 3 * 3_600_000

/** `<script>`, ESC, right-to-left marks, and 200 characters in all. */
export const ODD_NAME =
  `<script>alert(1)</script> \u001b[31m\u202eגג\u202c ${'long '.repeat(40)}`.slice(0, 200)

/** Quick reactions, so that a test sees within a second what takes a real thermostat half a minute. */
const QUICK = {
  bootSettleMs: 20,
  acknowledgeMs: 200,
  passphrasePollMs: 100,
  scheduleQuietMs: 1_000,
  firstPauseMs: 100,
  maxPauseMs: 500,
}

type Member = Omit<ProfileOptions, 'origin'> & { readonly kind: string }

/** By what each of them is there for. */
export const MEMBERS = {
  heating: {
    serial: '02AA01AC0A000001',
    name: 'Living Room',
    kind: 'two-stage',
    currentTemperature: 19.4,
    targetTemperature: 21,
  },
  range: {
    serial: '02AA01AC0A000002',
    name: 'Bedroom',
    kind: 'humidifier',
    currentTemperature: 22.3,
    deviceFields: { leaf: true, current_humidity: 38 },
    sharedFields: {
      target_temperature_type: 'range',
      target_temperature_low: 19,
      target_temperature_high: 25,
    },
  },
  eco: {
    serial: '02AA01AC0A000003',
    name: 'Bathroom',
    kind: 'hot-water',
    currentTemperature: 18.1,
    targetTemperature: 20.5,
    deviceFields: { leaf: true, current_humidity: 61 },
  },
  offline: {
    serial: '02AA01AC0A000004',
    name: 'Attic',
    kind: 'heat-only',
    currentTemperature: 14.2,
    targetTemperature: 16,
  },
  odd: {
    serial: '02AA01AC0A000005',
    name: ODD_NAME,
    kind: 'heat-pump',
    currentTemperature: 21.2,
    deviceFields: { temperature_scale: 'F' },
  },
  deaf: {
    serial: '02AA01AC0A000006',
    name: 'Cellar',
    kind: 'heat-cool',
    currentTemperature: 17,
    targetTemperature: 16,
  },
  waiting: { serial: '02AA01AC0A000007', name: 'Guest Room', kind: 'heat-cool' },
} as const satisfies Readonly<Record<string, Member>>

export type MemberName = keyof typeof MEMBERS

export interface HouseholdOptions {
  /** Who is there; everybody unless a test wants fewer. An empty list is a first start. */
  readonly members?: readonly MemberName[]
  /** Environment variables of the server. */
  readonly settings?: Readonly<Record<string, string>>
  /** For how many days until now the history of `heating` is there; without it, history begins now. */
  readonly historyDays?: number
}

export class Household {
  readonly #folder: string
  readonly #settings: Readonly<Record<string, string>>
  readonly #thermostats = new Map<MemberName, VirtualThermostat>()
  #deaf: DeafThermostat | undefined
  #server: ServeProcess | undefined

  private constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.#settings = settings
  }

  /** Starts server and thermostats; resolves once each is in its state. */
  static async open({
    members = Object.keys(MEMBERS) as MemberName[],
    settings = {},
    historyDays = 0,
  }: HouseholdOptions = {}): Promise<Household> {
    const ports = await freePorts(new Random(process.pid))
    const household = new Household(socketFolder(), {
      ...ports,
      // Otherwise a turn of the dial is reported after 15 s only.
      DEFER_DEVICE_WINDOW: '0',
      ...settings,
    })
    try {
      if (members.includes('offline')) await household.#liveEarlier()
      if (historyDays > 0) {
        const time = { days: historyDays, untilMs: Date.now(), zone: SIMULATED_ZONE }
        await seedHistory(historyPath(household.#databasePath), MEMBERS.heating.serial, time)
      }
      await household.startServer()
      await Promise.all(
        members.filter((name) => name !== 'offline').map((name) => household.moveIn(name)),
      )
    } catch (error) {
      await household.close()
      throw error
    }
    return household
  }

  /** Where a browser finds the page. */
  get url(): string {
    return this.server.controlUrl
  }

  get server(): ServeProcess {
    if (this.#server === undefined) throw new Error('the server is not running')
    return this.#server
  }

  /** The thermostat itself: what it has, and the hand at its dial. */
  thermostat(name: Exclude<MemberName, 'offline' | 'deaf'>): VirtualThermostat {
    const found = this.#thermostats.get(name)
    if (found === undefined) throw new Error(`${name} does not live here`)
    return found
  }

  /** Starts one more thermostat, in its state. */
  async moveIn(name: MemberName): Promise<void> {
    const thermostat = this.#build(name, this.server.deviceUrl)
    thermostat.start()
    if (name === 'waiting') {
      await thermostat.whenCode()
      await settled(thermostat)
      return
    }
    await this.#pair(thermostat, (body) => this.ask('POST', '/api/register', body))
    if (name === 'eco') thermostat.pressEco()
    await settled(thermostat)
    if (name !== 'deaf') return
    const buckets = [...thermostat.buckets().values()]
    thermostat.stop()
    this.#deaf = new DeafThermostat(thermostat.serial, this.server.deviceUrl, buckets)
    await this.#deaf.start()
  }

  /** Calls the control API as the owner does, by the socket of this machine. */
  async ask(method: string, path: string, body?: object): Promise<JsonObject> {
    const socketPath = socketOfServer(this.#databasePath, {}) ?? ''
    const way = await wayTo({ url: this.url, socketPath })
    const answer = await fetchBySocket(this.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...way,
    })
    const answered = (await answer.json()) as JsonObject
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answered.message}`)
    return answered
  }

  command(name: MemberName, command: string, value: unknown): Promise<JsonObject> {
    return this.ask('POST', '/command', { serial: MEMBERS[name].serial, command, value })
  }

  /** Makes a token as the owner does. */
  async token(scope: TokenScope, name = `browser ${scope}`): Promise<string> {
    const { token } = JSON.parse(
      await this.#nle('token', 'create', '--name', name, '--scope', scope),
    )
    return token
  }

  async revokeToken(name: string): Promise<void> {
    await this.#nle('token', 'revoke', name)
  }

  /** Kills the server as a power cut does. */
  async killServer(): Promise<void> {
    await this.server.end('SIGKILL')
    this.#server = undefined
  }

  /** Starts the server, at the address that it had before. */
  async startServer(): Promise<void> {
    this.#server = await spawnServe(this.#databasePath, this.#settings).serving
  }

  async close(): Promise<void> {
    for (const each of this.#thermostats.values()) each.stop()
    this.#deaf?.stop()
    await this.#server?.end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #databasePath(): string {
    return join(this.#folder, 'nle.sqlite')
  }

  /** Lets the attic pair and fall silent, in a server whose clock is hours behind. */
  async #liveEarlier(): Promise<void> {
    const clock = new ManualClock(Date.now() - SILENT_MS)
    const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
    const server = await startServer({
      config: { ...config, serverPort: 0, controlPort: 0 },
      databasePath: this.#databasePath,
      clock,
      log: silentLogger,
    })
    const thermostat = this.#build('offline', server.deviceUrl, clock)
    thermostat.start()
    const register = (body: object) =>
      fetch(`${server.controlUrl}/api/register`, { method: 'POST', body: JSON.stringify(body) })
    await this.#pair(thermostat, register, () => clock.advance(500))
    thermostat.stop()
    await server.stop()
  }

  #build(name: MemberName, origin: string, clock?: ManualClock): VirtualThermostat {
    const { kind, ...own }: Member = MEMBERS[name]
    const model = modelProfile({ kind })
    const thermostat = new VirtualThermostat({
      origin,
      ...model,
      ...QUICK,
      ...own,
      deviceFields: { ...model.deviceFields, ...own.deviceFields },
      ...(clock === undefined ? {} : { timers: clock.timers }),
    })
    this.#thermostats.set(name, thermostat)
    return thermostat
  }

  async #pair(
    thermostat: VirtualThermostat,
    register: (body: { code: string; userId: string }) => Promise<unknown>,
    pass: () => void = () => {},
  ): Promise<void> {
    await thermostat.waitFor('a held subscription', ({ log }) =>
      log.some((entry) => entry.kind === 'answered' && entry.request === 'subscribe'),
    )
    pass()
    await settled(thermostat)
    await register({ code: await thermostat.whenCode(), userId: 'homeassistant' })
    await thermostat.whenPaired()
  }

  /** Runs a command of nle on this household's database; resolves to what it prints. */
  async #nle(...args: readonly string[]): Promise<string> {
    const entry = fileURLToPath(new URL('../../bin/nle.ts', import.meta.url))
    const command = [entry, ...args, '--db', this.#databasePath, '--json']
    const { stdout } = await promisify(execFile)(process.execPath, command, {
      env: { HOME: '/nonexistent' },
    })
    return stdout
  }
}

/** Resolves once it has put all that it has to say. */
function settled(thermostat: VirtualThermostat): Promise<true> {
  return thermostat.waitFor('a settled state', ({ unsettled }) => !unsettled || undefined)
}

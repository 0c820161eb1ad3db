import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { fetch as fetchBySocket } from 'undici'
import { wayTo } from '../../src/commands/client/http-json.ts'
import { type Config, resolveConfig } from '../../src/config.ts'
import { isObject, type JsonObject } from '../../src/protocol/bucket.ts'
import { type Logger, silentLogger } from '../../src/server/core/logger.ts'
import type { RecentLog } from '../../src/server/core/recent-log.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.ts'
import { NO_FILE } from '../../src/store/path.ts'
import { socketOfServer } from '../../src/store/socket-path.ts'
import { type ProfileOptions, VirtualThermostat } from '../../src/virtual/index.ts'
import { ManualClock } from './manual-clock.ts'

export const SERIAL = '02AA01AC12345678'

/** Whether the servers of tests are on a PostgreSQL (`test/run-on-postgres.ts`). */
export const ON_POSTGRES = process.env.NLE_TEST_POSTGRES !== undefined
/** Why a test is skipped that looks into the database file. */
export const LOOKS_INTO_FILE: string | false = ON_POSTGRES && 'it looks into the database file'
/** Why a test is skipped that expects all to be on file at the end of a turn. */
export const EXPECTS_TURNS: string | false = ON_POSTGRES && 'PostgreSQL needs more than a turn'
/** Why a test is skipped that moves the clock past a minute in which several servers count together. */
export const COUNTS_MINUTES: string | false = ON_POSTGRES && 'PostgreSQL counts by its own clock'

/** A server on free ports, on a clock that only the test moves. */
export interface Home {
  readonly clock: ManualClock
  readonly server: RunningServer
  readonly databasePath: string
  /** Calls the control API. A string or bytes are sent unchanged, anything else as JSON. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** The same over the socket of this machine. */
  askHere(method: string, path: string, body?: unknown): Promise<Answer>
  /** Starts a thermostat; resolves once it is subscribed and has put its state. */
  thermostat(profile?: Partial<ProfileOptions>): Promise<VirtualThermostat>
  /** The same, claimed by `userId` through the control API. */
  paired(profile?: Partial<ProfileOptions>, userId?: string): Promise<VirtualThermostat>
  /** Cuts a thermostat's power; resolves once the server has noticed that its connections are gone. */
  unplug(thermostat: VirtualThermostat): Promise<void>
  /** Stops the server before the test ends; further calls do nothing. */
  stop(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: JsonObject
  /** The body whatever its type. */
  readonly json: unknown
}

/** Starts a server that stops with the test. */
export async function startHome(
  t: Test,
  options: {
    config?: Partial<Config>
    log?: Logger
    recentLog?: RecentLog
    settingsPagePort?: number
    commandRate?: ServerOptions['commandRate']
    localOffsetS?: (atMs: number) => number
    given?: ServerOptions['given']
    backUp?: ServerOptions['backUp']
    launchBridge?: ServerOptions['launchBridge']
    supervisor?: ServerOptions['supervisor']
  } = {},
): Promise<Home> {
  const clock = new ManualClock()
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const folder = socketFolder()
  const given = options.config?.databaseUrl
  const database = given === undefined ? await testDatabase() : undefined
  const databaseUrl = given ?? database?.url
  const databasePath = join(folder, 'nle.sqlite')
  const server = await startServer({
    config: { ...config, databaseUrl, serverPort: 0, controlPort: 0, ...options.config },
    databasePath: databaseUrl === undefined ? databasePath : NO_FILE,
    socketPath: socketOfServer(databasePath, {}),
    clock,
    hasOwnClock: true,
    log: options.log ?? silentLogger,
    ...(options.recentLog === undefined ? {} : { recentLog: options.recentLog }),
    ...(options.commandRate === undefined ? {} : { commandRate: options.commandRate }),
    ...(options.settingsPagePort === undefined
      ? {}
      : { settingsPagePort: options.settingsPagePort }),
    ...(options.given === undefined ? {} : { given: options.given }),
    ...(options.backUp === undefined ? {} : { backUp: options.backUp }),
    ...(options.launchBridge === undefined ? {} : { launchBridge: options.launchBridge }),
    supervisor: options.supervisor,
    ...(options.localOffsetS === undefined ? {} : { localOffsetS: options.localOffsetS }),
  })
  const thermostats: VirtualThermostat[] = []
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= server.stop()
    return stopped
  }
  t.teardown(async () => {
    for (const each of thermostats) each.stop()
    await stop()
    await database?.drop()
    rmSync(folder, { recursive: true })
  })
  const ask: Home['ask'] = (method, path, body, headers) =>
    readAnswer(fetch(server.controlUrl + path, request(method, body, headers)))
  const askHere: Home['askHere'] = async (method, path, body) => {
    const way = await wayTo({ url: server.controlUrl, socketPath: server.socketPath ?? '' })
    return readAnswer(fetchBySocket(server.controlUrl + path, { ...request(method, body), ...way }))
  }

  const thermostat: Home['thermostat'] = async (profile = {}) => {
    const origin = server.deviceUrl
    const one = new VirtualThermostat({ serial: SERIAL, origin, timers: clock.timers, ...profile })
    thermostats.push(one)
    one.start()
    await one.waitFor('a held subscription', ({ log }) =>
      log.some((entry) => entry.kind === 'answered' && entry.request === 'subscribe'),
    )
    clock.advance(500)
    await one.waitFor('the first put', ({ unsettled }) => !unsettled)
    return one
  }

  const paired: Home['paired'] = async (profile = {}, userId = 'homeassistant') => {
    const one = await thermostat(profile)
    await ask('POST', '/api/register', { code: await one.whenCode(), userId })
    await one.whenPaired()
    return one
  }
  const unplug: Home['unplug'] = async (one) => {
    one.stop()
    // Each request is a turn of the event loop, in which the server may notice.
    while (server.core.subscriptions.count(one.serial) > 0) await ask('GET', '/health')
  }
  return { clock, server, databasePath, ask, askHere, thermostat, paired, unplug, stop }
}

/** A PostgreSQL database where the tests run on that engine (`test/run-on-postgres.ts`). */
export async function testDatabase() {
  const url = process.env.NLE_TEST_POSTGRES
  if (url === undefined) return undefined
  const { serverDatabase } = await import('./server-database.ts')
  return serverDatabase(url)
}

/** A folder whose path is short enough for a socket in it. */
export function socketFolder(): string {
  return mkdtempSync(join(tmpdir(), 'nle-'))
}

function request(
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): { method: string; body?: string | Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const asIs = typeof body === 'string' || body instanceof Uint8Array
  return {
    method,
    ...(body === undefined
      ? {}
      : { body: asIs ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
    headers: {
      ...(asIs || body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
  }
}

async function readAnswer(
  answering: Promise<{ status: number; headers: unknown; text(): Promise<string> }>,
): Promise<Answer> {
  const response = await answering
  const { status, headers } = response
  const text = await response.text()
  const isJson = (headers as Headers).get('content-type')?.startsWith('application/json') === true
  const json: unknown = isJson ? JSON.parse(text) : undefined
  return { status, headers: headers as Headers, json, body: isObject(json) ? json : {} }
}

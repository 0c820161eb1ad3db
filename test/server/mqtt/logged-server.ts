import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fetch } from 'undici'
import { wayTo } from '../../../src/commands/client/http-json.ts'
import { type Config, resolveConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/server/core/clock.ts'
import type { LogFields, Logger, LogLevel } from '../../../src/server/core/logger.ts'
import type { LinkTimes } from '../../../src/server/mqtt/broker-link.ts'
import { type RunningServer, startServer } from '../../../src/server/server.ts'
import type { Supervisor } from '../../../src/server/supervisor/supervisor.ts'
import { NO_FILE } from '../../../src/store/path.ts'
import { VirtualThermostat, type VirtualThermostatOptions } from '../../../src/virtual/index.ts'
import { socketFolder, testDatabase } from '../../helpers/home.ts'
import { type Broker, PASSWORD, USER } from './broker.ts'

/** Pauses so short that a test can wait for them. */
export const QUICK: LinkTimes = {
  firstPauseMs: 20,
  maxPauseMs: 100,
  steadyAfterMs: 0,
  // Longer than any test, so that a test that would wait for it fails.
  timeoutMs: 60_000,
  keepaliveS: 30,
}

export interface LogLine {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

/** A logger that keeps its lines and lets a test wait for one. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = []
  readonly #waiting = new Set<() => void>()

  debug = this.#writer('debug')
  info = this.#writer('info')
  warn = this.#writer('warn')
  error = this.#writer('error')

  /** Resolves as soon as a line matches, now or later. */
  until(matches: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.lines.find(matches)
        if (found === undefined) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event)
  }

  #writer(level: LogLevel): (event: string, fields?: LogFields) => void {
    return (event, fields = {}) => {
      this.lines.push({ level, event, fields })
      for (const check of [...this.#waiting]) check()
    }
  }
}

/** A server whose log a test can read, and its virtual thermostats, which stop with it. */
export class LoggedServer {
  readonly server: RunningServer
  readonly log: RecordingLogger
  readonly #close: () => Promise<void>
  readonly #thermostats: VirtualThermostat[] = []

  private constructor(server: RunningServer, log: RecordingLogger, close: () => Promise<void>) {
    this.server = server
    this.log = log
    this.#close = close
  }

  /**
   * @param broker - set by the environment; without it, the server has no broker yet
   * @param env - more environment variables
   * @param databasePath - a file, which is one also where tests run on PostgreSQL
   * @param supervisor - Home Assistant's, for an add-on
   */
  static async open(
    broker?: Pick<Broker, 'url'>,
    env: Readonly<Record<string, string>> = {},
    databasePath = NO_FILE,
    supervisor?: Supervisor,
  ): Promise<LoggedServer> {
    const log = new RecordingLogger()
    const database = databasePath === NO_FILE ? await testDatabase() : undefined
    const config: Config = resolveConfig(
      { serverHost: '127.0.0.1', serverPort: '0', controlHost: '127.0.0.1', controlPort: '0' },
      {
        ...(broker === undefined
          ? {}
          : { MQTT_HOST: broker.url, MQTT_USER: USER, MQTT_PASSWORD: PASSWORD }),
        ...(database === undefined ? {} : { DATABASE_URL: database.url }),
        ...env,
      },
    ).config
    const clock = systemClock()
    const folder = socketFolder()
    const socketPath = join(folder, 'nle.sock')
    const options = { config, databasePath, socketPath, clock, log, mqttTimes: QUICK, supervisor }
    const server = await startServer(options)
    return new LoggedServer(server, log, async () => {
      await server.stop()
      await database?.drop()
      rmSync(folder, { recursive: true })
    })
  }

  /** Starts a thermostat that is not paired. */
  startThermostat(
    serial: string,
    options: Partial<VirtualThermostatOptions> = {},
  ): VirtualThermostat {
    const thermostat = new VirtualThermostat({
      serial,
      origin: this.server.deviceUrl,
      passphrasePollMs: 20,
      bootSettleMs: 1,
      acknowledgeMs: 1,
      scheduleQuietMs: 1,
      ...options,
    })
    this.#thermostats.push(thermostat)
    thermostat.start()
    return thermostat
  }

  /** Starts a thermostat and pairs it. */
  async pair(
    serial: string,
    options: Partial<VirtualThermostatOptions> = {},
  ): Promise<VirtualThermostat> {
    const thermostat = this.startThermostat(serial, options)
    const code = await thermostat.whenCode()
    await this.api('POST', '/api/register', { code, userId: 'homeassistant' })
    await thermostat.whenPaired()
    return thermostat
  }

  /** The control API's answer to the owner, who asks over the socket of this machine. */
  async api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const { controlUrl, socketPath = '' } = this.server
    const response = await fetch(`${controlUrl}${path}`, {
      ...(await wayTo({ url: controlUrl, socketPath })),
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    return (await response.json()) as Record<string, unknown>
  }

  async close(): Promise<void> {
    for (const thermostat of this.#thermostats) thermostat.stop()
    await this.#close()
  }
}

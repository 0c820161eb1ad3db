import { type Config, resolveConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/server/core/clock.ts'
import type { LogFields, Logger, LogLevel } from '../../../src/server/core/logger.ts'
import type { LinkTimes } from '../../../src/server/mqtt/reconnect.ts'
import { type RunningServer, startServer } from '../../../src/server/server.ts'
import { VirtualThermostat, type VirtualThermostatOptions } from '../../../src/virtual/index.ts'
import { type Broker, PASSWORD, USER } from './broker.ts'

/** Pauses a test need not wait for. */
export const QUICK: LinkTimes = {
  firstPauseMs: 20,
  maxPauseMs: 100,
  steadyAfterMs: 0,
  // Longer than any test: one that has to wait for it fails.
  timeoutMs: 60_000,
  keepaliveS: 30,
}

export interface Line {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

/** A logger that keeps its lines, and tells when one came. */
export class LogBook implements Logger {
  readonly lines: Line[] = []
  readonly #waiting = new Set<() => void>()

  debug = this.#writer('debug')
  info = this.#writer('info')
  warn = this.#writer('warn')
  error = this.#writer('error')

  until(look: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.lines.find(look)
        if (found === undefined) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  of(event: string): Line[] {
    return this.lines.filter((line) => line.event === event)
  }

  #writer(level: LogLevel): (event: string, fields?: LogFields) => void {
    return (event, fields = {}) => {
      this.lines.push({ level, event, fields })
      for (const check of [...this.#waiting]) check()
    }
  }
}

/** A server with its log, and thermostats that are switched off with it. */
export class House {
  readonly server: RunningServer
  readonly log: LogBook
  readonly #thermostats: VirtualThermostat[] = []

  private constructor(server: RunningServer, log: LogBook) {
    this.server = server
    this.log = log
  }

  /** @param env - beside what leads to the broker; without a broker, everything */
  static async open(
    broker?: Pick<Broker, 'url'>,
    env: Readonly<Record<string, string>> = {},
    databasePath = ':memory:',
  ): Promise<House> {
    const log = new LogBook()
    const config: Config = resolveConfig(
      { serverHost: '127.0.0.1', serverPort: '0', controlHost: '127.0.0.1', controlPort: '0' },
      {
        ...(broker === undefined
          ? {}
          : { MQTT_HOST: broker.url, MQTT_USER: USER, MQTT_PASSWORD: PASSWORD }),
        ...env,
      },
    ).config
    const clock = systemClock()
    const server = await startServer({ config, databasePath, clock, log, mqttTimes: QUICK })
    return new House(server, log)
  }

  /** A thermostat that is switched on and not paired. */
  bring(serial: string, options: Partial<VirtualThermostatOptions> = {}): VirtualThermostat {
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

  /** A paired thermostat. */
  async pair(
    serial: string,
    options: Partial<VirtualThermostatOptions> = {},
  ): Promise<VirtualThermostat> {
    const thermostat = this.bring(serial, options)
    const code = await thermostat.whenCode()
    await this.api('POST', '/api/register', { code, userId: 'homeassistant' })
    await thermostat.whenPaired()
    return thermostat
  }

  async api(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.server.controlUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    return (await response.json()) as Record<string, unknown>
  }

  async close(): Promise<void> {
    for (const thermostat of this.#thermostats) thermostat.stop()
    await this.server.stop()
  }
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { fetch } from 'undici'
import { wayTo } from '../../src/commands/client/http-json.ts'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { socketOfServer } from '../../src/store/socket-path.ts'
import { type Cable, layCable } from '../helpers/namespaces.ts'
import { type ServeProcess, spawnServe } from '../helpers/serve-process.ts'
import { TalkingProcess } from './talking-process.ts'

const DEVICE_PORT = 8000

/** An `nle serve` on one machine, and an app on another one. */
export class Household {
  readonly #t: Test
  readonly #folder: string
  readonly #cable: Cable
  #serve: ServeProcess | undefined

  private constructor(t: Test, folder: string, cable: Cable) {
    this.#t = t
    this.#folder = folder
    this.#cable = cable
  }

  static async open(t: Test): Promise<Household> {
    const folder = mkdtempSync(join(tmpdir(), 'nle-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const household = new Household(t, folder, await layCable(t))
    await household.serve()
    return household
  }

  get databasePath(): string {
    return join(this.#folder, 'nle.sqlite')
  }

  async serve(): Promise<void> {
    const settings = {
      SERVER_HOST: '0.0.0.0',
      SERVER_PORT: String(DEVICE_PORT),
      // Thermostats report a turn of the dial at once.
      DEFER_DEVICE_WINDOW: '0',
    }
    const starting = spawnServe(this.databasePath, settings, this.#cable.server)
    this.#t.teardown(() => starting.end('SIGKILL'))
    this.#serve = await starting.serving
  }

  async endServe(signal: NodeJS.Signals): Promise<void> {
    await this.#serve?.end(signal)
  }

  /** Makes a backup, loses the database, and brings the backup back. */
  async restoreBackup(): Promise<void> {
    const backup = join(this.#folder, 'backup.sqlite')
    this.#nle('backup', backup)
    await this.endServe('SIGKILL')
    for (const name of readdirSync(this.#folder).filter((name) => name.startsWith('nle.sqlite'))) {
      rmSync(join(this.#folder, name))
    }
    this.#nle('restore', backup, '--yes')
    await this.serve()
  }

  #nle(...words: readonly string[]): void {
    const command = [...this.#cable.server, process.execPath, 'bin/nle.ts', ...words]
    const [program = '', ...args] = [...command, '--db', this.databasePath]
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  /** Kills the process of the bridge, not that of the server. */
  killBridge(): void {
    const { pid } = this.#serve ?? {}
    for (const each of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const [, parent] = /^PPid:\s*(\d+)/m.exec(statusOf(each)) ?? []
      if (Number(parent) === pid) process.kill(Number(each), 'SIGKILL')
    }
  }

  /** Calls the control API over the socket of its machine. */
  async ask(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const socketPath = socketOfServer(this.databasePath, {}) ?? ''
    const answer = await fetch(`http://localhost${path}`, {
      method,
      ...(await wayTo({ url: '', socketPath })),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return (await answer.json()) as JsonObject
  }

  /** Asks `GET /api/matter` until it is as wanted. */
  async matter(holds: (status: JsonObject) => boolean): Promise<JsonObject> {
    for (;;) {
      const status = await this.ask('GET', '/api/matter')
      if (holds(status)) return status
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** A paired virtual thermostat. */
  async thermostat(serial: string, kind: string): Promise<TalkingProcess> {
    const origin = `http://${this.#cable.serverAddress}:${DEVICE_PORT}`
    const program = join(import.meta.dirname, 'thermostat-program.ts')
    const thermostat = new TalkingProcess(this.#t, [
      ...this.#cable.server,
      ...[process.execPath, program, origin, serial, kind],
    ])
    const { result: code } = await thermostat.ask({ do: 'code' })
    await this.ask('POST', '/api/register', { code: String(code), userId: 'homeassistant' })
    await thermostat.ask({ do: 'paired' })
    return thermostat
  }

  /** A Matter controller. */
  app(name: string): TalkingProcess {
    const program = join(import.meta.dirname, 'controller-program.ts')
    const folder = join(this.#folder, name)
    return new TalkingProcess(this.#t, [...this.#cable.app, process.execPath, program, folder])
  }
}

/** What the kernel says of a process; empty for one that has ended meanwhile. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from '../../src/protocol/delivery/change.ts'
import { Store } from '../../src/store/store.ts'
import { type ServeProcess, spawnServe } from '../helpers/serve-process.ts'
import { Random } from '../simulation/random.ts'
import { call, connections } from './call.ts'
import { Claimer, type Client, Commander, type Life, Putter } from './clients.ts'
import { inspect } from './inspect.ts'
import { Ledger } from './ledger.ts'
import { freePorts } from './ports.ts'
import { Thermostats } from './thermostats.ts'

const THERMOSTATS = ['02AA01AC00000001', '02AA01AC00000002', '02AA01AC00000003'] as const
const PUTTERS = ['02AA01AC00000011', '02AA01AC00000012', '02AA01AC00000013', '02AA01AC00000014']
const CLAIMERS = ['02AA01AC00000021', '02AA01AC00000022']

/** When the server is killed: under load, or while it starts, stops or makes a new database. */
type Moment = LoadMoment | 'starting' | 'making'
/** After so many promises: with the last one, with the next request, with the next push, or later. */
type LoadMoment = 'promised' | 'sent' | 'pushed' | 'later' | 'stopping'

/** As often as they are worth it. */
const MOMENTS: readonly [Moment, ...Moment[]] = [
  ...(['promised', 'promised', 'sent', 'sent', 'sent', 'pushed', 'pushed'] as const),
  ...(['later', 'starting', 'stopping', 'making'] as const),
]
/** Promises after which it is no longer waited for what may not come. */
const PATIENCE = 50
const MAX_FAILURES = 20
/** Of the event loop, that thermostats have in the end to take what was commanded: some minutes. */
const MAX_TURNS = 100_000

export interface CrashOptions {
  readonly rounds: number
  readonly seed: number
  /** Promises in a round, at most. */
  readonly maxPromises: number
  /** Called after each round. */
  tell?(round: number, moment: Moment): void
}

export interface CrashResult {
  readonly failures: readonly string[]
  readonly promised: Ledger['counts']
  readonly moments: Readonly<Partial<Record<Moment, number>>>
  /** How the commands ended. */
  readonly changes: Readonly<Record<string, number>>
  /** The most requests of one thermostat that failed for one crash. */
  readonly worstFailures: number
  readonly databaseBytes: number
}

/** Ends a server with `kill -9` again and again, and looks whether it kept what it had promised. */
export async function crashRounds(options: CrashOptions): Promise<CrashResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nle-crash-'))
  const rounds = new CrashRounds(folder, options)
  try {
    return await rounds.run()
  } finally {
    await rounds.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

class CrashRounds {
  readonly #folder: string
  readonly #databasePath: string
  readonly #options: CrashOptions
  readonly #random: Random
  readonly #ledger = new Ledger()
  readonly #failures: string[] = []
  readonly #moments: Partial<Record<Moment, number>> = {}
  readonly #clients: readonly Client[]
  /** The ports of the first life are those of all: thermostats do not ask for others. */
  #ports: Readonly<Record<string, string>> | undefined
  #thermostats: Thermostats | undefined
  #server: ServeProcess | undefined
  #onPush: () => void = () => {}
  #round = 0
  /** How long the last start took. */
  #startMs = 500
  #endedAtMs = performance.now()
  /** From the last end of the server until it served again. */
  #withoutServerMs = 0

  constructor(folder: string, options: CrashOptions) {
    this.#folder = folder
    this.#databasePath = join(folder, 'nle.sqlite')
    this.#options = options
    this.#random = new Random(options.seed)
    const load = {
      ledger: this.#ledger,
      random: this.#random,
      fail: (what: string) => this.#fail(what),
    }
    this.#clients = [
      ...PUTTERS.map((serial) => new Putter(load, serial)),
      ...CLAIMERS.map((serial) => new Claimer(load, serial)),
      new Commander(load, THERMOSTATS),
    ]
  }

  async run(): Promise<CrashResult> {
    const { rounds, tell } = this.#options
    const server = await this.#begin()
    const thermostats = new Thermostats(THERMOSTATS, server.deviceUrl, {
      fail: (what) => this.#fail(what),
      pushed: () => this.#onPush(),
    })
    this.#thermostats = thermostats
    await thermostats.pair(server.controlUrl)
    while (this.#round < rounds && this.#failures.length < MAX_FAILURES) {
      this.#round++
      const moment = this.#random.pick(MOMENTS)
      this.#moments[moment] = (this.#moments[moment] ?? 0) + 1
      await this.#one(moment)
      tell?.(this.#round, moment)
    }
    const changes = await this.#calm(thermostats)
    return {
      failures: this.#failures,
      promised: this.#ledger.counts,
      moments: this.#moments,
      changes,
      worstFailures: thermostats.worstFailures,
      databaseBytes: statSync(this.#databasePath).size,
    }
  }

  async stop(): Promise<void> {
    this.#thermostats?.stop()
    await this.#server?.end('SIGKILL')
  }

  async #one(moment: Moment): Promise<void> {
    if (moment === 'making') {
      await this.#interruptMaking()
      return
    }
    if (moment === 'starting') {
      await this.#kill()
      await this.#interruptStart(this.#databasePath, this.#ports)
    } else {
      await this.#load(moment)
    }
    this.#inspect()
    await this.#begin()
  }

  /** Everybody works until it is time, and the server is gone. */
  async #load(moment: LoadMoment): Promise<void> {
    const { deviceUrl, controlUrl } = this.#server ?? { deviceUrl: '', controlUrl: '' }
    const random = this.#random
    if (random.chance(0.7)) await this.#thermostats?.back()
    let left = random.int(this.#options.maxPromises)
    const delayMs = random.int(20) / 2
    let killed: Promise<void> | undefined
    const kill = (): void => {
      killed ??= this.#kill(moment === 'stopping' ? delayMs : undefined)
    }
    const life: Life = {
      deviceUrl,
      controlUrl,
      get isOver() {
        return killed !== undefined
      },
      sent: () => {
        if (left <= 0 && moment === 'sent') kill()
      },
      promised: () => {
        this.#thermostats?.sense(left)
        left--
        if (left > 0) return
        if (moment === 'later') setTimeout(kill, delayMs)
        else if (moment === 'promised' || moment === 'stopping' || left < -PATIENCE) kill()
      },
    }
    this.#onPush = () => {
      if (left <= 0 && moment === 'pushed') kill()
    }
    await Promise.all(this.#clients.map((client) => client.live(life)))
    await killed
  }

  /** @param graceMs - it is told to stop before, and killed while it does */
  async #kill(graceMs?: number): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#thermostats?.end(this.#withoutServerMs)
    this.#endedAtMs = performance.now()
    if (graceMs !== undefined) await Promise.race([server?.end('SIGTERM'), elapsed(graceMs)])
    await server?.end('SIGKILL')
  }

  /** Starts a server that is killed before it serves, or just when it does. */
  async #interruptStart(
    databasePath: string,
    ports: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const child = spawnServe(databasePath, ports)
    const afterMs = this.#random.int(Math.ceil(this.#startMs * 1.1))
    await Promise.race([child.serving.catch(() => {}), elapsed(afterMs)])
    await child.end('SIGKILL')
  }

  /** A database that is being made meanwhile; the next start has to come to terms with it. */
  async #interruptMaking(): Promise<void> {
    const path = join(this.#folder, `made-${this.#round}`, 'nle.sqlite')
    await this.#interruptStart(path)
    try {
      const server = await spawnServe(path).serving
      await server.end('SIGKILL')
      this.#failAll(inspect(path, this.#folder))
    } catch (error) {
      this.#fail(`a database whose making was interrupted is of no use: ${error}`)
    }
  }

  async #begin(): Promise<ServeProcess> {
    const startedAtMs = performance.now()
    this.#ports ??= await freePorts(this.#random)
    const server = await spawnServe(this.#databasePath, this.#ports).serving
    this.#server = server
    this.#startMs = performance.now() - startedAtMs
    this.#withoutServerMs = performance.now() - this.#endedAtMs
    const agent = connections()
    const health = await call(agent, { method: 'GET', url: `${server.controlUrl}/health` })
    agent.destroy()
    if (health.type !== 'answered' || health.status !== 200) this.#fail('it is not healthy')
    this.#thermostats?.begin()
    return server
  }

  #inspect(): void {
    const found = inspect(this.#databasePath, this.#folder, (store) => this.#ledger.check(store))
    this.#failAll(found)
  }

  /** No more crashes: what was commanded arrives, and everybody agrees. How the changes ended. */
  async #calm(thermostats: Thermostats): Promise<Record<string, number>> {
    const store = new Store(this.#databasePath, { readonly: true, nowMs: Date.now() })
    const agent = connections()
    const url = `${this.#server?.controlUrl}/notify-device`
    const open = (): Change[] => thermostats.serials.flatMap((each) => store.changes.open(each))
    await thermostats.back()
    await thermostats.settled()
    // Each request is a turn in which thermostats go on. What waits until a thermostat has put what it
    // listed need not wait: it has.
    for (let turn = 0; turn < MAX_TURNS && open().length > 0; turn++) {
      const [{ serial } = { serial: '' }] = open()
      await call(agent, { method: 'POST', url, body: { serial } })
    }
    for (const { id, state } of open()) this.#fail(`change ${id} is still ${state}`)
    await thermostats.settled()
    agent.destroy()
    thermostats.check(store)
    const ends: Record<string, number> = {}
    for (const { state } of store.changes.recent(undefined, 1_000_000)) {
      ends[state] = (ends[state] ?? 0) + 1
    }
    store.close()
    thermostats.end(this.#withoutServerMs)
    thermostats.stop()
    const code = await this.#server?.end('SIGTERM')
    if (code !== 0) this.#fail(`told to stop, it ended with ${code}`)
    this.#inspect()
    return ends
  }

  #fail(what: string): void {
    this.#failures.push(`round ${this.#round}: ${what}`)
  }

  #failAll(found: readonly string[]): void {
    for (const what of found) this.#fail(what)
  }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

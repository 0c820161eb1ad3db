import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from '../../src/protocol/delivery/change.ts'
import { openChanges } from '../../src/protocol/thermostat/state.ts'
import { openForReading } from '../../src/store/open.ts'
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

/** When the server is killed: under load, or while it starts, stops or creates a database. */
type Moment = LoadMoment | 'starting' | 'making'
/** After enough promises: with the last of them, the next request, the next push, or later. */
type LoadMoment = 'promised' | 'sent' | 'pushed' | 'later' | 'stopping'

/** The moments to pick from; the more valuable ones are listed more often. */
const MOMENTS: readonly [Moment, ...Moment[]] = [
  ...(['promised', 'promised', 'sent', 'sent', 'sent', 'pushed', 'pushed'] as const),
  ...(['later', 'starting', 'stopping', 'making'] as const),
]
/** Kills without the awaited request or push after this many promises more. */
const PATIENCE = 50
const MAX_FAILURES = 20
/** Turns of the event loop in which every command must be delivered at the end: some minutes. */
const MAX_TURNS = 100_000

export interface CrashOptions {
  readonly rounds: number
  readonly seed: number
  /** The most promises in a round. */
  readonly maxPromises: number
  /** Called after each round. */
  tell?(round: number, moment: Moment): void
}

export interface CrashResult {
  readonly failures: readonly string[]
  readonly promised: Ledger['counts']
  readonly moments: Readonly<Partial<Record<Moment, number>>>
  /** How many changes ended in each state. */
  readonly changes: Readonly<Record<string, number>>
  /** The most requests of one thermostat that failed for one crash. */
  readonly worstFailures: number
  readonly databaseBytes: number
}

/** Kills a server with `kill -9` in each round and checks that it kept its promises. */
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
  /** All runs of the server use the ports of the first: thermostats do not look for others. */
  #ports: Readonly<Record<string, string>> | undefined
  #thermostats: Thermostats | undefined
  #server: ServeProcess | undefined
  #onPush: () => void = () => {}
  #round = 0
  /** How long the last start took. */
  #startMs = 500
  #endedAtMs = performance.now()
  /** From the last kill until the server answered again. */
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
    await this.#inspect()
    await this.#begin()
  }

  /** Runs every client until the chosen moment, and kills the server then. */
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

  /** @param graceMs - sends SIGTERM first, and kills after this time */
  async #kill(graceMs?: number): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#thermostats?.end(this.#withoutServerMs)
    this.#endedAtMs = performance.now()
    if (graceMs !== undefined) await Promise.race([server?.end('SIGTERM'), elapsed(graceMs)])
    await server?.end('SIGKILL')
  }

  /** Starts a server and kills it before it serves, or just as it does. */
  async #interruptStart(
    databasePath: string,
    ports: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const child = spawnServe(databasePath, ports)
    const afterMs = this.#random.int(Math.ceil(this.#startMs * 1.1))
    await Promise.race([child.serving.catch(() => {}), elapsed(afterMs)])
    await child.end('SIGKILL')
  }

  /** Kills a server while it creates a database: the next start must be able to use that. */
  async #interruptMaking(): Promise<void> {
    const path = join(this.#folder, `made-${this.#round}`, 'nle.sqlite')
    await this.#interruptStart(path)
    try {
      const server = await spawnServe(path).serving
      await server.end('SIGKILL')
      this.#failAll(await inspect(path, this.#folder))
    } catch (error) {
      this.#fail(`a database cannot be used after a kill during its creation: ${error}`)
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
    if (health.type !== 'answered' || health.status !== 200)
      this.#fail('/health does not answer 200')
    this.#thermostats?.begin()
    return server
  }

  async #inspect(): Promise<void> {
    const found = await inspect(this.#databasePath, this.#folder, (store) =>
      this.#ledger.check(store),
    )
    this.#failAll(found)
  }

  /** Delivers every command without further crashes, compares all state, counts how changes ended. */
  async #calm(thermostats: Thermostats): Promise<Record<string, number>> {
    const store = openForReading(this.#databasePath, Date.now())
    const agent = connections()
    const url = `${this.#server?.controlUrl}/notify-device`
    const open = async (): Promise<Change[]> => {
      const states = await Promise.all(thermostats.serials.map((each) => store.load(each)))
      return states.flatMap(openChanges)
    }
    await thermostats.back()
    await thermostats.settled()
    // Each request is a turn in which the thermostats go on. A change that waits for a thermostat to
    // put what it listed is sent at once: the thermostat has put everything.
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const [change] = await open()
      if (change === undefined) break
      await call(agent, { method: 'POST', url, body: { serial: change.serial } })
    }
    for (const { id, state } of await open()) this.#fail(`change ${id} is still ${state}`)
    await thermostats.settled()
    agent.destroy()
    await thermostats.check(store)
    const ends: Record<string, number> = {}
    for (const { state } of (await store.recentCommands(undefined, 1_000_000)).flat()) {
      ends[state] = (ends[state] ?? 0) + 1
    }
    store.close()
    thermostats.end(this.#withoutServerMs)
    thermostats.stop()
    const code = await this.#server?.end('SIGTERM')
    if (code !== 0) this.#fail(`it exited with ${code} after SIGTERM`)
    await this.#inspect()
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

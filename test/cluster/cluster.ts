import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openChanges } from '../../src/protocol/thermostat/state.ts'
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { call, connections } from '../crash/call.ts'
import { Claimer, type Client, Commander, type Life, Putter } from '../crash/clients.ts'
import { Ledger } from '../crash/ledger.ts'
import { Thermostats } from '../crash/thermostats.ts'
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts'
import { Random } from '../simulation/random.ts'
import { AppliedSetpoints } from './applied.ts'
import { type Harm, harmsInTurn, isOfDatabase } from './harms.ts'
import { Servers } from './servers.ts'
import { elapsed, within } from './within.ts'

const PUTTERS = 9
const CLAIMERS = 3
const COMMANDERS = 6
/** Between two requests of one client. */
const PAUSE_MS = 40
const COMMAND_PAUSE_MS = 250
/** A person does not wait for a server that is paused. */
const COMMAND_PATIENCE_MS = 10_000
/** What a server did of a request that was cut off is on file by then. */
const UNCLEAR_MS = 6_000
/** At the end commands go on to be delivered: none of them for this time is a failure. */
const STILL_MS = 120_000
const MINUTE_S = 60
/** Runs of at least this length have a pause of a minute in them. */
const LONG_S = 3 * MINUTE_S
/** Everything that has to happen before or after the harm does so within this time, on a busy machine too. */
const PATIENCE_S = 5 * MINUTE_S
const MAX_FAILURES = 200

export interface ClusterOptions {
  readonly seconds: number
  readonly harms: number
  readonly thermostats: number
  readonly seed: number
  tell?(line: string): void
}

export interface ClusterResult {
  readonly failures: readonly string[]
  readonly promised: Ledger['counts']
  readonly harms: Readonly<Partial<Record<Harm, number>>>
  /** Pushes by what the thermostats did with them. */
  readonly pushes: Readonly<Record<string, number>>
  /** Setpoints that came again under a newer version, because a put may have crossed them. */
  readonly repeated: number
  /** How many changes ended in each state. */
  readonly changes: Readonly<Record<string, number>>
  /** Requests that were cut off or refused for a moment. */
  readonly interrupted: number
  /** The longest time in which the thermostats of this program could do nothing, ms. */
  readonly longestStallMs: number
}

/** Harms three servers behind a balancer, and their database, and checks that they kept their promises. */
export async function harmCluster(options: ClusterOptions): Promise<ClusterResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nle-cluster-'))
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const failures: string[] = []
  const fail = (what: string): void => {
    if (failures.length < MAX_FAILURES) failures.push(what)
  }
  try {
    const postgres = await startPostgres({
      teardown: (end) => {
        if (typeof end === 'function') ends.push(end as () => unknown)
      },
    })
    const url = await postgres.database()
    const store = await PostgresStore.open(url)
    ends.push(() => store.close())
    const random = new Random(options.seed)
    const servers = await Servers.start(folder, url, random, fail)
    ends.push(() => servers.stop())
    const cluster = new ClusterRun(options, { servers, postgres, url, store }, failures, fail)
    ends.push(() => cluster.stop())
    try {
      return await cluster.run()
    } catch (error) {
      for (const line of await servers.complaints()) options.tell?.(line)
      throw error
    }
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

interface Parts {
  readonly servers: Servers
  readonly postgres: TestPostgres
  readonly url: string
  readonly store: PostgresStore
}

class ClusterRun {
  readonly #options: ClusterOptions
  readonly #parts: Parts
  readonly #random: Random
  readonly #ledger = new Ledger()
  readonly #applied = new AppliedSetpoints()
  readonly #failures: readonly string[]
  readonly #fail: (what: string) => void
  readonly #harms: Partial<Record<Harm, number>> = {}
  readonly #thermostats: Thermostats
  #isOver = false
  #interrupted = 0

  constructor(
    options: ClusterOptions,
    parts: Parts,
    failures: readonly string[],
    fail: (what: string) => void,
  ) {
    this.#options = options
    this.#parts = parts
    this.#random = new Random(options.seed + 1)
    this.#failures = failures
    this.#fail = fail
    this.#thermostats = new Thermostats(
      serials('0001', options.thermostats),
      parts.servers.deviceUrl,
      {
        fail,
        pushed: () => {},
        heard: (entry) => this.#applied.heard(entry),
        mayRefuse: true,
      },
    )
  }

  async run(): Promise<ClusterResult> {
    const { thermostats: count, tell = () => {} } = this.#options
    const { servers } = this.#parts
    const stalls = monitorEventLoopDelay()
    stalls.enable()
    const pairing = this.#thermostats.pair(servers.controlUrl)
    await within(PATIENCE_S, 'pairing', pairing, () => this.#thermostats.unpaired())
    tell(`${count} thermostats are paired`)
    const life = this.#life(servers)
    const clients = this.#clients(this.#thermostats.serials)
    const working = clients.map((client) => this.#work(client, life))
    const sensing = this.#sense()
    await this.#harmAll(tell)
    this.#isOver = true
    await within(PATIENCE_S, 'the last requests', Promise.all([...working, sensing]))
    await within(PATIENCE_S, 'the end of what is done to servers', servers.well())
    tell('no more harm: every command is delivered')
    const changes = await this.#calm()
    return {
      failures: this.#failures,
      promised: this.#ledger.counts,
      harms: this.#harms,
      pushes: this.#applied.outcomes,
      repeated: this.#applied.repeated,
      changes,
      interrupted: this.#interrupted,
      longestStallMs: stalls.max / 1_000_000,
    }
  }

  stop(): void {
    this.#isOver = true
    this.#thermostats.stop()
  }

  async #harmAll(tell: (line: string) => void): Promise<void> {
    const { seconds, harms, seed } = this.#options
    const turns = harmsInTurn(new Random(seed), seconds >= LONG_S)
    const gapMs = (seconds * 1_000) / (harms + 1)
    for (let n = 0; n < harms; n++) {
      await elapsed(gapMs)
      const harm = turns.next().value
      const where = isOfDatabase(harm) ? '' : `server ${await this.#parts.servers.harm(harm)} `
      if (isOfDatabase(harm)) await this.#harmDatabase(harm)
      this.#harms[harm] = (this.#harms[harm] ?? 0) + 1
      tell(
        `${where}${harm}; ${this.#ledger.counts.puts} puts, ${this.#ledger.counts.commands} commands, ${this.#failures.length} failures`,
      )
    }
    await elapsed(gapMs)
  }

  async #harmDatabase(harm: Harm): Promise<void> {
    const { postgres, url } = this.#parts
    if (harm === 'cut off') {
      const others = 'pid <> pg_backend_pid() AND datname = current_database()'
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`
      await postgres.run(url, sql)
    } else {
      await postgres.stop(harm === 'database crashed' ? 'immediate' : 'fast')
      await postgres.start()
    }
  }

  #life({ deviceUrl, controlUrl }: Servers): Life {
    const isOver = (): boolean => this.#isOver
    return {
      deviceUrl,
      controlUrl,
      get isOver() {
        return isOver()
      },
      mayFail: true,
      sent: () => {},
      promised: () => {},
    }
  }

  #clients(paired: readonly string[]): { client: Client; serial: string | undefined }[] {
    const load = {
      ledger: this.#ledger,
      random: this.#random,
      pauseMs: PAUSE_MS,
      fail: this.#fail,
    }
    return [
      ...serials('0011', PUTTERS).map((serial) => ({ client: new Putter(load, serial), serial })),
      ...serials('0021', CLAIMERS).map((serial) => ({ client: new Claimer(load, serial), serial })),
      // Each has thermostats of its own, so that the order of commands is known.
      ...Array.from({ length: COMMANDERS }, (_, n) => {
        const own = paired.filter((_, i) => i % COMMANDERS === n)
        return {
          client: new Commander(
            { ...load, pauseMs: COMMAND_PAUSE_MS, patienceMs: COMMAND_PATIENCE_MS },
            own,
          ),
          serial: undefined,
        }
      }),
    ]
  }

  /** Lets a client live on after each request that was cut off, once it is known what became of it. */
  async #work(
    { client, serial }: { client: Client; serial: string | undefined },
    life: Life,
  ): Promise<void> {
    while (!this.#isOver) {
      await client.live(life)
      if (!this.#isOver) this.#interrupted++
      if (serial === undefined) await elapsed(200)
      else await this.#inquire(serial)
    }
  }

  /** Compares with the database, as soon as that answers and nothing of the request is on its way any more. */
  async #inquire(serial: string): Promise<void> {
    // A server that is cut off from the database may have told it to commit. (One that is paused answers nothing.)
    await this.#parts.servers.connected()
    await elapsed(UNCLEAR_MS)
    for (;;) {
      try {
        for (const what of await this.#ledger.checkOne(this.#parts.store, serial)) this.#fail(what)
        return
      } catch {
        await elapsed(500)
      }
    }
  }

  async #sense(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      this.#thermostats.sense(n)
      await elapsed(100)
    }
  }

  /** Delivers every command without further harm, and compares everything; counts how changes ended. */
  async #calm(): Promise<Record<string, number>> {
    const { store } = this.#parts
    const thermostats = this.#thermostats
    await elapsed(UNCLEAR_MS)
    await this.#deliverAll()
    const settled = thermostats.settled()
    await within(PATIENCE_S, 'the last puts of the thermostats', settled)
    await thermostats.check(store)
    for (const what of await this.#ledger.check(store)) this.#fail(what)
    const ends: Record<string, number> = {}
    for (const serial of thermostats.serials) {
      const changes = (await store.recentCommands(serial, 1_000_000)).flat()
      for (const { state } of changes) ends[state] = (ends[state] ?? 0) + 1
      for (const what of this.#applied.check(serial, changes)) this.#fail(what)
      for (const what of this.#ledger.checkTimes(serial, changes)) this.#fail(what)
    }
    return ends
  }

  async #deliverAll(): Promise<void> {
    const { servers, store } = this.#parts
    const agent = connections()
    let least = Number.POSITIVE_INFINITY
    let fewerAtMs = performance.now()
    for (;;) {
      const states = await Promise.all(this.#thermostats.serials.map((each) => store.load(each)))
      const left = states.flatMap(openChanges)
      if (left.length === 0) break
      if (left.length < least) {
        least = left.length
        fewerAtMs = performance.now()
      } else if (performance.now() - fewerAtMs > STILL_MS) {
        for (const { id, serial, state } of left) {
          this.#fail(`change ${id} of ${serial} is still ${state}`)
        }
        break
      }
      for (const serial of new Set(left.map((change) => change.serial))) {
        const url = `${servers.controlUrl}/notify-device`
        await call(agent, {
          method: 'POST',
          url,
          body: { serial },
          timeoutMs: COMMAND_PATIENCE_MS,
        })
      }
      await elapsed(500)
    }
    agent.destroy()
  }
}

function serials(start: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `02AA01AC${start}${String(i).padStart(4, '0')}`)
}

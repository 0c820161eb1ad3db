import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChanges } from '../../src/protocol/thermostat/state.ts'
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { call, connections } from '../crash/call.ts'
import { Claimer, type Client, Commander, type Life, Putter } from '../crash/clients.ts'
import { Ledger } from '../crash/ledger.ts'
import { freePorts } from '../crash/ports.ts'
import { Thermostats } from '../crash/thermostats.ts'
import { startPostgres, type TestPostgres } from '../helpers/postgres.ts'
import { type StartingProcess, spawnServe } from '../helpers/serve-process.ts'
import { Random } from '../simulation/random.ts'
import { AppliedSetpoints } from './applied.ts'
import { type Ports, startBalancer } from './balancer.ts'

const SERVERS = 3
const PUTTERS = 9
const CLAIMERS = 3
const COMMANDERS = 2
/** What a server did of a request that was cut off is on file by then. */
const UNCLEAR_MS = 6_000
/** Every command is delivered at the end within this time. */
const CALM_MS = 90_000
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** By how much the machines' clocks are wrong, s. */
const WRONG_S = [0, 60, -60]

/** What is done to the servers and their database. */
const HARM = [
  ...(['killed', 'killed', 'killed', 'killed', 'stopped', 'paused', 'paused'] as const),
  ...(['cut off', 'cut off', 'database restarted', 'database crashed'] as const),
] as const
type Harm = (typeof HARM)[number]

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
  /** How many changes ended in each state. */
  readonly changes: Readonly<Record<string, number>>
  /** Requests that were cut off or refused for a moment. */
  readonly interrupted: number
}

/** Harms three servers behind a balancer, and their database, and checks that they kept their promises. */
export async function harmCluster(options: ClusterOptions): Promise<ClusterResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nle-cluster-'))
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const postgres = await startPostgres({
      teardown: (end) => {
        if (typeof end === 'function') ends.push(end as () => unknown)
      },
    })
    const url = await postgres.database()
    const store = await PostgresStore.open(url)
    ends.push(() => store.close())
    const cluster = new ClusterRun(folder, options, { postgres, url, store })
    ends.push(() => cluster.stop())
    return await cluster.run()
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

interface Database {
  readonly postgres: TestPostgres
  readonly url: string
  readonly store: PostgresStore
}

class ClusterRun {
  readonly #folder: string
  readonly #options: ClusterOptions
  readonly #database: Database
  readonly #random: Random
  readonly #ledger = new Ledger()
  readonly #applied = new AppliedSetpoints()
  readonly #failures: string[] = []
  readonly #harms: Partial<Record<Harm, number>> = {}
  readonly #servers: (StartingProcess | undefined)[] = []
  readonly #ports: Ports[] = []
  #balancer: { end(): void } | undefined
  #thermostats: Thermostats | undefined
  #origin = ''
  #isOver = false
  #interrupted = 0

  constructor(folder: string, options: ClusterOptions, database: Database) {
    this.#folder = folder
    this.#options = options
    this.#database = database
    this.#random = new Random(options.seed)
  }

  async run(): Promise<ClusterResult> {
    const { seconds, harms, thermostats: count, tell = () => {} } = this.#options
    const own = await this.#start()
    const deviceUrl = `http://127.0.0.1:${own.device}`
    const controlUrl = `http://127.0.0.1:${own.control}`
    const thermostats = new Thermostats(serials('0001', count), deviceUrl, {
      fail: (what) => this.#fail(what),
      pushed: () => {},
      heard: (entry) => this.#applied.heard(entry),
      mayRefuse: true,
    })
    this.#thermostats = thermostats
    tell(`${SERVERS} servers run`)
    await thermostats.pair(controlUrl)
    tell(`${count} thermostats are paired`)
    const life = this.#life(deviceUrl, controlUrl)
    const working = this.#clients(thermostats.serials).map((client) => this.#work(client, life))
    const sensing = this.#sense(thermostats)
    for (let n = 0; n < harms; n++) {
      await elapsed((seconds * 1_000) / (harms + 1))
      const harm = HARM[this.#random.int(HARM.length)] ?? 'killed'
      this.#harms[harm] = (this.#harms[harm] ?? 0) + 1
      tell(`${harm}; ${this.#ledger.counts.puts} puts, ${this.#failures.length} failures`)
      this.#harm(harm)
    }
    await elapsed((seconds * 1_000) / (harms + 1))
    this.#isOver = true
    await Promise.all([...working, sensing])
    const changes = await this.#calm(thermostats, controlUrl)
    return {
      failures: this.#failures,
      promised: this.#ledger.counts,
      harms: this.#harms,
      pushes: this.#applied.outcomes,
      changes,
      interrupted: this.#interrupted,
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#thermostats?.stop()
    this.#balancer?.end()
    await Promise.all(this.#servers.map((server) => server?.end('SIGKILL')))
  }

  /** Starts the servers and the balancer; returns the balancer's ports. */
  async #start(): Promise<Ports> {
    for (let i = 0; i < SERVERS; i++) this.#ports.push(await portsOf(this.#random))
    const own = await portsOf(this.#random)
    // Thermostats are told the balancer's address.
    this.#origin = `http://127.0.0.1:${own.device}`
    await Promise.all(this.#ports.map((_, i) => this.#serve(i).serving))
    this.#balancer = startBalancer(this.#folder, own, this.#ports)
    await elapsed(2_000)
    return own
  }

  #serve(index: number): StartingProcess {
    const { device, control } = this.#ports[index] ?? { device: 0, control: 0 }
    const wrongS = WRONG_S[index] ?? 0
    const child = spawnServe('', {
      DATABASE_URL: this.#database.url,
      API_ORIGIN: this.#origin,
      SERVER_PORT: String(device),
      CONTROL_PORT: String(control),
      ...(existsSync(FAKETIME) && wrongS !== 0
        ? {
            LD_PRELOAD: FAKETIME,
            FAKETIME: `${wrongS > 0 ? '+' : ''}${wrongS}s`,
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }
        : {}),
    })
    this.#servers[index] = child
    return child
  }

  #life(deviceUrl: string, controlUrl: string): Life {
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
      pauseMs: 20,
      fail: (what: string) => this.#fail(what),
    }
    return [
      ...serials('0011', PUTTERS).map((serial) => ({ client: new Putter(load, serial), serial })),
      ...serials('0021', CLAIMERS).map((serial) => ({ client: new Claimer(load, serial), serial })),
      // Each has thermostats of its own, so that the order of commands is known.
      ...Array.from({ length: COMMANDERS }, (_, n) => {
        const own = paired.filter((_, i) => i % COMMANDERS === n)
        return { client: new Commander({ ...load, pauseMs: 60 }, own), serial: undefined }
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
      await elapsed(serial === undefined ? 200 : UNCLEAR_MS)
      if (serial !== undefined) await this.#inquire(serial)
    }
  }

  /** Compares with the database, as soon as it answers. */
  async #inquire(serial: string): Promise<void> {
    for (;;) {
      try {
        for (const what of await this.#ledger.checkOne(this.#database.store, serial)) {
          this.#fail(what)
        }
        return
      } catch {
        await elapsed(500)
      }
    }
  }

  async #sense(thermostats: Thermostats): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      thermostats.sense(n)
      await elapsed(100)
    }
  }

  #harm(harm: Harm): void {
    const { postgres, url } = this.#database
    const index = this.#random.int(SERVERS)
    const server = this.#servers[index]
    const again = (): void => {
      if (this.#servers[index] === server && !this.#isOver) this.#restart(index)
    }
    switch (harm) {
      case 'killed':
        void server?.end('SIGKILL').then(() => setTimeout(again, 500))
        break
      case 'stopped':
        void server?.end('SIGTERM').then(() => setTimeout(again, 500))
        break
      case 'paused':
        void server?.serving
          .then(({ pid }) => {
            process.kill(pid, 'SIGSTOP')
            setTimeout(() => process.kill(pid, 'SIGCONT'), 7_000)
          })
          .catch(() => {})
        break
      case 'cut off':
        postgres
          .run(
            url,
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
          )
          .catch(() => {})
        break
      case 'database restarted':
      case 'database crashed':
        postgres.stop(harm === 'database crashed' ? 'immediate' : 'fast')
        postgres.start()
    }
  }

  #restart(index: number): void {
    const server = this.#serve(index)
    server.serving.catch(() => {
      // The database was away while it started, or it was killed then.
      setTimeout(() => {
        if (!this.#isOver && this.#servers[index] === server) this.#restart(index)
      }, 1_000)
    })
  }

  /** Delivers every command without further harm, and compares everything. */
  async #calm(thermostats: Thermostats, controlUrl: string): Promise<Record<string, number>> {
    const { store } = this.#database
    const agent = connections()
    await elapsed(UNCLEAR_MS)
    const open = async () => {
      const states = await Promise.all(thermostats.serials.map((each) => store.load(each)))
      return states.flatMap(openChanges)
    }
    const untilMs = performance.now() + CALM_MS
    for (;;) {
      const left = await open()
      if (left.length === 0 || performance.now() > untilMs) {
        for (const { id, serial, state } of left)
          this.#fail(`change ${id} of ${serial} is still ${state}`)
        break
      }
      for (const { serial } of left) {
        await call(agent, { method: 'POST', url: `${controlUrl}/notify-device`, body: { serial } })
      }
      await elapsed(500)
    }
    agent.destroy()
    await thermostats.settled()
    await thermostats.check(store)
    for (const what of await this.#ledger.check(store)) this.#fail(what)
    const ends: Record<string, number> = {}
    for (const serial of thermostats.serials) {
      const changes = (await store.recentCommands(serial, 1_000_000)).flat()
      for (const { state } of changes) ends[state] = (ends[state] ?? 0) + 1
      for (const what of this.#applied.check(serial, changes)) this.#fail(what)
    }
    return ends
  }

  #fail(what: string): void {
    this.#failures.push(what)
  }
}

function serials(start: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `02AA01AC${start}${String(i).padStart(4, '0')}`)
}

async function portsOf(random: Random): Promise<Ports> {
  const { SERVER_PORT, CONTROL_PORT } = await freePorts(random)
  return { device: Number(SERVER_PORT), control: Number(CONTROL_PORT) }
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

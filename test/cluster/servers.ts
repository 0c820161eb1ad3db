import { existsSync } from 'node:fs'
import { freePorts } from '../crash/ports.ts'
import { type StartingProcess, spawnServe } from '../helpers/serve-process.ts'
import type { Random } from '../simulation/random.ts'
import { type HaProxy, type Ports, startBalancer, startLink } from './balancer.ts'
import type { Harm } from './harms.ts'
import { elapsed, within } from './within.ts'

const SERVERS = 3
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** By how much the machines' clocks are wrong, s. */
const WRONG_S = [0, 60, -60]
const DRAIN_S = 4
const PAUSED_MS = 7_000
const LONG_PAUSE_MS = 60_000
const PARTITIONED_MS = 9_000
/** A server starts within this time, on a machine that has much else to do as well. */
const START_S = 120
/** And it ends within this time, after it has handed over its thermostats. */
const END_S = 60
/** A server whose database is away ends, and is started again after this time. */
const AGAIN_MS = 1_000

/** Why clocks do not differ; false where libfaketime is installed. */
export const NO_FAKETIME: string | false = existsSync(FAKETIME)
  ? false
  : 'libfaketime is not installed (apt-get install libfaketime): all clocks are right'

interface Server {
  readonly ports: Ports
  readonly url: string
  readonly link: HaProxy
  child: StartingProcess
  /** Resolves when what is done to it is over, and it serves again. */
  harmed: Promise<void> | undefined
  /** Resolves when it is no longer cut off from the database. */
  partitioned: Promise<void> | undefined
}

/** Three servers with a network of their own to one database, behind a balancer. */
export class Servers {
  /** The balancer's addresses. */
  readonly deviceUrl: string
  readonly controlUrl: string
  readonly #all: Server[] = []
  readonly #random: Random
  readonly #failed: (what: string) => void
  #balancer: HaProxy | undefined
  #isOver = false

  private constructor(own: Ports, random: Random, failed: (what: string) => void) {
    this.deviceUrl = `http://127.0.0.1:${own.device}`
    this.controlUrl = `http://127.0.0.1:${own.control}`
    this.#random = random
    this.#failed = failed
  }

  /** @param databaseUrl - the database itself; each server has a way to it that can be cut */
  static async start(
    folder: string,
    databaseUrl: string,
    random: Random,
    failed: (what: string) => void,
  ): Promise<Servers> {
    const [own, ...others] = await differentPorts(random, 1 + 2 * SERVERS)
    if (own === undefined) throw new Error('there are no free ports')
    const servers = new Servers(own, random, failed)
    try {
      for (let i = 0; i < SERVERS; i++) {
        const [ports, { device: linkPort } = own] = others.slice(2 * i)
        if (ports === undefined) throw new Error('there are no free ports')
        const url = new URL(databaseUrl)
        const link = startLink(folder, linkPort, Number(url.port), failed)
        url.port = String(linkPort)
        const child = servers.#spawn(i, ports, url.href)
        servers.#all.push({
          ports,
          url: url.href,
          link,
          child,
          harmed: undefined,
          partitioned: undefined,
        })
      }
      const allServing = Promise.all(servers.#all.map(({ child }) => child.serving))
      await within(START_S, 'the start of the servers', allServing)
      const all = servers.#all.map(({ ports }) => ports)
      servers.#balancer = startBalancer(folder, own, all, failed)
      const ready = isReady(`${servers.controlUrl}/health/ready`)
      await within(START_S, 'the start of the balancer', ready)
      return servers
    } catch (error) {
      await servers.stop()
      throw error
    }
  }

  /**
   * Does this to a server that nothing is done to now; waits until there is one.
   *
   * @returns its number
   */
  async harm(harm: Harm): Promise<number> {
    for (;;) {
      const well = this.#all.filter(({ harmed }) => harmed === undefined)
      const server = well[this.#random.int(Math.max(1, well.length))]
      if (server !== undefined) {
        server.harmed = this.#done(server, harm)
          .catch((error: Error) => this.#failed(error.message))
          .finally(() => {
            server.harmed = undefined
          })
        return this.#all.indexOf(server)
      }
      await elapsed(200)
    }
  }

  /** Resolves when each server that is cut off from the database now can reach it again. */
  async connected(): Promise<void> {
    await Promise.all(this.#all.map(({ partitioned }) => partitioned))
  }

  /** Resolves when what is done to servers now is over. */
  async well(): Promise<void> {
    await Promise.all(this.#all.map(({ harmed }) => harmed))
  }

  /** The last warnings and errors of each server, for people who look for what went wrong. */
  async complaints(): Promise<string[]> {
    const logs = await Promise.all(
      this.#all.map(async ({ child }, i) => {
        const serving = await Promise.race([child.serving.catch(() => undefined), elapsed(0)])
        const bad = (serving?.log ?? []).filter(({ level }) => level !== 'info')
        return bad.slice(-5).map((line) => `server ${i}: ${JSON.stringify(line)}`)
      }),
    )
    return logs.flat()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#balancer?.end()
    for (const { link } of this.#all) link.end()
    await Promise.all(this.#all.map(({ child }) => child.end('SIGKILL')))
  }

  async #done(server: Server, harm: Harm): Promise<void> {
    switch (harm) {
      case 'killed':
        await server.child.end('SIGKILL')
        await this.#again(server)
        break
      case 'drained':
        await within(END_S, 'the end of a server after SIGTERM', server.child.end('SIGTERM'))
        await this.#again(server)
        break
      case 'paused':
        await pause(server, PAUSED_MS)
        break
      case 'paused for a minute':
        await pause(server, LONG_PAUSE_MS)
        break
      case 'partitioned':
        server.partitioned = partition(server)
        await server.partitioned
    }
  }

  /** Starts it again. While the database is away a server ends at its start, so that may take several. */
  async #again(server: Server): Promise<void> {
    const index = this.#all.indexOf(server)
    await elapsed(500)
    while (!this.#isOver) {
      server.child = this.#spawn(index, server.ports, server.url)
      const started = server.child.serving.then(
        () => true,
        () => false,
      )
      if (await within(START_S, 'a start of a server', started)) return
      await elapsed(AGAIN_MS)
    }
  }

  #spawn(index: number, { device, control }: Ports, url: string): StartingProcess {
    const wrongS = WRONG_S[index] ?? 0
    return spawnServe('', {
      DATABASE_URL: url,
      // Thermostats are told the balancer's address.
      API_ORIGIN: this.deviceUrl,
      SERVER_PORT: String(device),
      CONTROL_PORT: String(control),
      DRAIN_SECONDS: String(DRAIN_S),
      ...(NO_FAKETIME === false && wrongS !== 0
        ? {
            LD_PRELOAD: FAKETIME,
            FAKETIME: `${wrongS > 0 ? '+' : ''}${wrongS}s`,
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }
        : {}),
    })
  }
}

async function pause({ child }: Server, ms: number): Promise<void> {
  const { pid } = await child.serving
  process.kill(pid, 'SIGSTOP')
  await elapsed(ms)
  process.kill(pid, 'SIGCONT')
}

async function partition({ link }: Server): Promise<void> {
  link.signal('SIGSTOP')
  await elapsed(PARTITIONED_MS)
  link.signal('SIGCONT')
}

async function isReady(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    await elapsed(100)
  }
}

/** Ports that no other server of this run has. */
async function differentPorts(random: Random, count: number): Promise<Ports[]> {
  const found: Ports[] = []
  const taken = new Set<number>()
  while (found.length < count) {
    const { SERVER_PORT, CONTROL_PORT } = await freePorts(random)
    const ports = { device: Number(SERVER_PORT), control: Number(CONTROL_PORT) }
    if (taken.has(ports.device) || taken.has(ports.control)) continue
    taken.add(ports.device).add(ports.control)
    found.push(ports)
  }
  return found
}

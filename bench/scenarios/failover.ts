import { existsSync } from 'node:fs'
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { NO_HAPROXY, startBalancer } from '../../test/cluster/balancer.ts'
import { startDatabaseBalancer } from '../../test/cluster/database-balancer.ts'
import { freePorts } from '../../test/crash/ports.ts'
import { NO_POSTGRES, startStandby, type TestPostgres } from '../../test/helpers/postgres.ts'
import { Random } from '../../test/simulation/random.ts'
import { askDatabase, DATABASE_SETTINGS, seededDatabase, withPostgres } from '../database.ts'
import type { Figure } from '../figure.ts'
import { holdAll } from '../held-thermostat.ts'
import { PersistentClient } from '../persistent-client.ts'
import { onAllCpus } from '../pinning.ts'
import { check, inFolder, type Scenario, sleep } from '../scenario.ts'
import { childrenOf, type ServerProcess } from '../server-process.ts'
import { deviceRequest, httpRequest, serialOf } from '../thermostat.ts'
import { withServers } from './cluster.ts'

const SERVERS = 3
/** Thermostats that hold a connection, those of them that get commands, and others that put. */
const HELD = 60
const COMMANDED = 10
const PUTTING = 16
const PAUSE_MS = 100
/** Until everything is as it was, and until it is surely over. */
const BEFORE_MS = 3_000
const AFTER_MS = 8_000
/** A balancer has checked what is behind it. */
const CHECKED_MS = 3_000
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
/** The standby's clock is a minute behind, where it can be. */
const BEHIND = existsSync(FAKETIME)
  ? { LD_PRELOAD: FAKETIME, FAKETIME: '-60s', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  : {}

/** How long thermostats and people wait when the database's primary dies and its standby takes over. */
export const failover: Scenario = ({ short }) => {
  const missing = NO_POSTGRES || NO_HAPROXY
  if (missing !== false) {
    process.stderr.write(`failover is skipped: ${missing}\n`)
    return Promise.resolve([])
  }
  return onAllCpus(() =>
    inFolder((folder) =>
      withPostgres(async (first, owner) => {
        const url = await seededDatabase(first, HELD + PUTTING)
        const second = await startStandby(owner, first, {
          settings: DATABASE_SETTINGS,
          env: BEHIND,
        })
        await waitForStandby(first)
        const random = new Random(process.pid)
        const own = Number((await freePorts(random)).SERVER_PORT)
        const database = await startDatabaseBalancer(folder, own, [first.port, second.port])
        try {
          await sleep(CHECKED_MS)
          return await withServers(database.through(url), folder, SERVERS, async (servers) => {
            const front = await freePorts(random)
            const ports = { device: Number(front.SERVER_PORT), control: Number(front.CONTROL_PORT) }
            const balancer = startBalancer(folder, ports, servers.map(portsOf), (what) =>
              process.stderr.write(`${what}
`),
            )
            try {
              await sleep(CHECKED_MS)
              const crowd = await Crowd.gather(ports)
              const figures: Figure[] = []
              const add = (what: string, seen: Seen): void => {
                figures.push(...figuresOf(what, seen))
              }
              add('taken over at once', await crowd.during(() => takeOver(first, second, 0)))
              const third = await startStandby(owner, second, {
                settings: DATABASE_SETTINGS,
                port: first.port,
              })
              await waitForStandby(second)
              add(
                'wrong way to the standby, 5 s',
                await crowd.during(async () => {
                  database.mistakeStandby(true)
                  await sleep(5_000)
                  database.mistakeStandby(false)
                }),
              )
              if (!short) {
                add(
                  'taken over after 10 s',
                  await crowd.during(() => takeOver(second, third, 10_000)),
                )
              }
              figures.push(...(await crowd.check(database.through(url))))
              return figures
            } finally {
              balancer.end()
            }
          })
        } finally {
          database.end()
        }
      }),
    ),
  )
}

const portsOf = ({ devicePort, controlPort }: ServerProcess) => ({
  device: devicePort,
  control: controlPort,
})

/** Kills every process of a primary, and makes its standby the primary some time later. */
async function takeOver(
  primary: TestPostgres,
  standby: TestPostgres,
  afterMs: number,
): Promise<void> {
  const { pid } = primary
  for (const each of [pid, ...childrenOf(pid)]) process.kill(each, 'SIGKILL')
  await sleep(afterMs)
  await standby.promote()
}

/** Makes commits wait for the standby, and waits until it is there. */
async function waitForStandby(primary: TestPostgres): Promise<void> {
  await primary.run(primary.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
  await primary.run(primary.url, 'SELECT pg_reload_conf()')
  for (let tries = 0; tries < 100; tries++) {
    const { count } = await askDatabase<{ count: string }>(
      primary.url,
      `SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'`,
    )
    if (Number(count) > 0) return
    await sleep(100)
  }
  throw new Error('the standby does not follow')
}

/** What was seen of one disturbance. */
interface Seen {
  /** The time without any 2xx, for puts and commands. */
  readonly puts: number
  readonly commands: number
  /** The longest that one thermostat or person waited, repeating the request. */
  readonly worstPut: number
  readonly worstCommand: number
  /** Requests that were refused or cut off. */
  readonly refused: number
  /** How many of those that hold a connection without being sent anything still hold it. */
  readonly held: number
}

function figuresOf(what: string, seen: Seen): Figure[] {
  const figure = (name: string, unit: string, value: number): Figure => ({
    scenario: 'failover',
    name: `${what}: ${name}`,
    unit,
    value,
  })
  return [
    figure('no put got 2xx', 's', seen.puts / 1_000),
    figure('no command got 2xx', 's', seen.commands / 1_000),
    figure('the longest wait of a thermostat', 's', seen.worstPut / 1_000),
    figure('the longest wait of a person', 's', seen.worstCommand / 1_000),
    figure('refused or cut off', 'requests', seen.refused),
    figure(`holds that stayed, of ${HELD - COMMANDED}`, '', seen.held),
  ]
}

/** Thermostats that hold and put, and people who command, through the balancer. */
class Crowd {
  readonly #held: Awaited<ReturnType<typeof holdAll>>
  readonly #putters: readonly NumberPutter[]
  readonly #commander: Commander
  #isOver = false
  readonly #working: Promise<unknown>

  private constructor(
    held: Awaited<ReturnType<typeof holdAll>>,
    putters: readonly NumberPutter[],
    commander: Commander,
  ) {
    this.#held = held
    this.#putters = putters
    this.#commander = commander
    const work = async (act: () => Promise<void>): Promise<void> => {
      while (!this.#isOver) {
        await act()
        await sleep(PAUSE_MS)
      }
    }
    this.#working = Promise.all([
      ...putters.map((putter) => work(() => putter.put())),
      work(() => commander.command()),
    ])
  }

  static async gather(ports: {
    readonly device: number
    readonly control: number
  }): Promise<Crowd> {
    const held = await holdAll(ports.device, 0, HELD)
    const putters = Array.from(
      { length: PUTTING },
      (_, n) => new NumberPutter(serialOf(HELD + n), ports.device),
    )
    return new Crowd(held, putters, new Commander(ports.control))
  }

  /** Lets the crowd live on while something happens, and says what it noticed of it. */
  async during(happens: () => Promise<void>): Promise<Seen> {
    await sleep(BEFORE_MS)
    const clients = [...this.#putters.map(({ client }) => client), this.#commander.client]
    const refusedBefore = clients.map(refusals)
    const silent = this.#held.slice(COMMANDED)
    const subscribes = silent.map((each) => each.subscribes)
    const fromMs = performance.now()
    await happens()
    await sleep(AFTER_MS)
    const toMs = performance.now()
    const puts = this.#putters.flatMap(({ client }) => client.successes)
    const commands = this.#commander.client.successes
    const within = <T extends { readonly atMs: number }>(all: readonly T[]): T[] =>
      all.filter(({ atMs }) => atMs >= fromMs - BEFORE_MS && atMs <= toMs)
    const wait = ({ askedAtMs, atMs }: { askedAtMs: number; atMs: number }): number =>
      atMs - askedAtMs
    return {
      puts: longestGap([...within(puts).map(({ atMs }) => atMs), toMs]),
      commands: longestGap([...within(commands).map(({ atMs }) => atMs), toMs]),
      worstPut: Math.max(...within(puts).map(wait)),
      worstCommand: Math.max(...within(commands).map(wait)),
      refused: clients.reduce((sum, each, i) => sum + refusals(each) - (refusedBefore[i] ?? 0), 0),
      held: silent.filter(
        (each, i) => each.error === undefined && each.subscribes === subscribes[i],
      ).length,
    }
  }

  /** Ends it; what was acknowledged must be on file, and each hold must still get a command. */
  async check(databaseUrl: string): Promise<Figure[]> {
    this.#isOver = true
    await this.#working
    const silent = this.#held.slice(COMMANDED).filter(({ error }) => error === undefined)
    for (const thermostat of silent) {
      const arrived = thermostat.chunk()
      await this.#commander.send(thermostat.serial)
      await arrived
    }
    const store = await PostgresStore.open(databaseUrl)
    try {
      for (const putter of this.#putters) await putter.check(store)
      const lost = await this.#commander.lost(store)
      check(lost.length === 0, () => `commands ${lost} are lost`)
    } finally {
      await store.close()
    }
    for (const each of this.#held) each.close()
    for (const { client } of this.#putters) client.close()
    this.#commander.client.close()
    const puts = this.#putters.reduce((sum, { client }) => sum + client.successes.length, 0)
    const figure = (name: string, value: number): Figure => ({
      scenario: 'failover',
      name,
      unit: '',
      value,
    })
    return [
      figure('puts acknowledged, all on file', puts),
      figure('commands acknowledged, all on file', this.#commander.client.successes.length),
    ]
  }
}

/** Puts increasing numbers; the timestamps in the receipts must increase, too. */
class NumberPutter {
  readonly client: PersistentClient
  readonly #serial: string
  #number = 0
  #timestamp = 0

  constructor(serial: string, port: number) {
    this.#serial = serial
    this.client = new PersistentClient(port)
  }

  async put(): Promise<void> {
    this.#number += 1
    const objects = [{ object_key: this.#key, value: { battery_level: this.#number } }]
    const body = JSON.stringify({ session: 'bench', objects })
    const answer = await this.client.ask(
      deviceRequest(this.#serial, 'POST', '/nest/transport/put', body),
    )
    const timestamp = JSON.parse(answer.body).objects[0].object_timestamp
    check(timestamp > this.#timestamp, () => `${this.#serial}: the clock went back to ${timestamp}`)
    this.#timestamp = timestamp
  }

  async check(store: PostgresStore): Promise<void> {
    const { buckets } = await store.load(this.#serial)
    const stored = buckets.get(this.#key)?.value.battery_level
    check(stored === this.#number, () => `${this.#serial}: put ${this.#number}, has ${stored}`)
  }

  get #key(): string {
    return `device.${this.#serial}`
  }
}

/** Commands setpoints to thermostats that hold a connection, in turn. */
class Commander {
  readonly client: PersistentClient
  readonly #changes: number[] = []
  #count = 0

  constructor(port: number) {
    this.client = new PersistentClient(port)
  }

  command(): Promise<void> {
    return this.send(serialOf(this.#count % COMMANDED))
  }

  async send(serial: string): Promise<void> {
    this.#count += 1
    const value = 15 + (this.#count % 97) / 10
    const body = JSON.stringify({ serial, command: 'set_temperature', value })
    const answer = await this.client.ask(httpRequest('POST', '/command', body))
    this.#changes.push(JSON.parse(answer.body).change_id)
  }

  async lost(store: PostgresStore): Promise<number[]> {
    const lost: number[] = []
    for (const id of this.#changes) if ((await store.command(id)).length === 0) lost.push(id)
    return lost
  }
}

function refusals({ refusals: all }: PersistentClient): number {
  return [...all.values()].reduce((sum, each) => sum + each, 0)
}

function longestGap(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.max(...sorted.slice(1).map((each, i) => each - (sorted[i] ?? each)))
}

import type { NleError } from '../../src/errors.ts'
import type { Change } from '../../src/protocol/delivery/change.ts'
import { identify } from '../../src/protocol/identity.ts'
import { decideEntry } from '../../src/protocol/pairing/decide-entry.ts'
import { entryReply, parseEntryFacts } from '../../src/protocol/pairing/entry-document.ts'
import { V3, V7 } from '../../src/protocol/transport/dialect.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { makeServices, type Services } from '../../src/server/services.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { DeviceRequest } from '../../src/virtual/index.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'

export const CONFIG = {
  entryKeyTtlS: 3600,
  deviceAuth: 'off' as const,
  suspendTimeMaxS: 300,
  deferDeviceWindowS: 15,
  disableDeferWindowS: 60,
  maxSubscriptionsPerDevice: 100,
}

/** The answer on a simulated connection. */
export interface Answer {
  head(status: number, headers: Readonly<Record<string, string>>): void
  chunk(text: string, done: (error?: unknown) => void): void
  end(): void
}

/**
 * The server on simulated connections: real services on a real store, which outlives them as a disk does.
 * `kill` is a `kill -9`: uncommitted writes and waiting requests are lost.
 */
export class SimServer {
  readonly store: SqliteStore
  readonly #clock: SimClock
  readonly #random: Random
  #services: Services | undefined
  /** Every committed change, as it was at its last commit. */
  readonly changes = new Map<number, Change>()
  /** Whether the thermostat is on file. */
  isOnFile = false
  /** The number of this server process; work of an earlier one has no effect. */
  #life = 0

  constructor(clock: SimClock, random: Random, databasePath = ':memory:') {
    this.#clock = clock
    this.#random = random
    // Every piece of work is a turn and a commit of its own.
    this.store = new SqliteStore(databasePath, { nowMs: clock.nowMs }, (flush) => flush())
    this.#recordCommits()
    this.start()
  }

  /** Records the writes of each decision before the server publishes it. */
  #recordCommits(): void {
    const decide = this.store.decide.bind(this.store)
    this.store.decide = (serial, make, done, failed) =>
      decide(
        serial,
        make,
        (decision) => {
          for (const change of decision.writes.changes) this.changes.set(change.id, change)
          this.isOnFile = decision.state.device !== undefined
          done(decision)
        },
        failed,
      )
    const prune = this.store.prune.bind(this.store)
    this.store.prune = async (limits) => {
      const forgotten = await prune(limits)
      // A clock that jumps ahead by years makes an unpaired thermostat look silent for as long.
      if (forgotten.length > 0) this.isOnFile = false
      return forgotten
    }
  }

  get services(): Services | undefined {
    return this.#services
  }

  start(): void {
    if (this.#services !== undefined) return
    const life = ++this.#life
    this.store.convertSteadyTimes(this.#clock.nowMs)
    const clock = this.#clock.serverClock(() => this.#life === life)
    this.#services = makeServices(this.store, {
      config: CONFIG,
      clock,
      log: silentLogger,
      randomInt: (max) => this.#random.int(max),
    })
    this.#services.housekeeping.start()
  }

  kill(): void {
    this.#services = undefined
    this.#life++
  }

  /** Handles one request, and returns the function to hang up. Throws while the server does not run. */
  handle(request: DeviceRequest, origin: string, answer: Answer): () => void {
    const services = this.#services
    if (services === undefined) throw new Error('connection refused')
    const life = this.#life
    const alive = (): boolean => this.#life === life
    // As the routes of the device listener do: the path alone decides the form (section 11).
    const { pathname } = new URL(request.url)
    const dialect = pathname.startsWith('/nest/transport/v3/') ? V3 : V7
    const path = pathname.replace('/nest/transport/v3/', '/nest/transport/')
    const plain = (status: number, body: unknown): void => {
      if (!alive()) return
      answer.head(status, {})
      answer.chunk(JSON.stringify(body), () => {})
      answer.end()
    }
    const settle = (work: Promise<unknown>): void => {
      work.then(
        (body) => plain(200, body),
        (error: NleError) => plain(error.code === 'store' ? 503 : 400, { error: error.message }),
      )
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const serial = identify({ headers })
    const caller = { serial: serial ?? '', network: 'simulation' }
    if (serial === undefined) {
      plain(400, { error: 'Device serial required' })
    } else if (path === '/nest/entry') {
      const facts = parseEntryFacts(request.body ?? '')
      const buckets = services.core.presence
        .decide(caller, (input, contact) => decideEntry(input, contact, true), facts)
        // A thermostat must always find its server (E1).
        .catch(() => [])
      settle(buckets.then((pairing) => entryReply(origin, 'simulation', pairing)))
    } else if (path === '/nest/passphrase') {
      settle(services.pairing.passphrase(caller))
    } else if (path === '/nest/passphrase/status') {
      settle(services.pairing.status(caller))
    } else if (path.startsWith('/nest/transport/device/')) {
      settle(services.transport.list(serial).then(({ versions }) => dialect.versions(versions)))
    } else if (path === '/nest/transport/put') {
      const put = dialect.parsePut(JSON.parse(request.body ?? ''), serial)
      if (put === undefined) plain(400, { error: 'not a put' })
      else settle(services.transport.put(caller, put).then(dialect.versions))
    } else if (path === '/nest/transport' || path === '/nest/transport/subscribe') {
      const subscribe = dialect.parseSubscribe(JSON.parse(request.body ?? ''), serial)
      if (subscribe === undefined) plain(400, { error: 'not a subscribe' })
      else {
        const subscription = services.transport.subscribe(
          caller,
          subscribe,
          {
            writeHead: (sent) => alive() && answer.head(200, chunkedHeaders(sent)),
            write: (text, done) => alive() && answer.chunk(text, done),
            end: () => alive() && answer.end(),
            endPlain: (sent, text, done) => {
              if (!alive()) return
              answer.head(200, plainHeaders(sent, text))
              if (text === '') done()
              else answer.chunk(text, done)
              answer.end()
            },
          },
          (error) => error !== undefined && plain(503, { error: String(error) }),
        )
        return () => alive() && subscription.clientGone()
      }
    } else {
      plain(404, { error: path })
    }
    return () => {}
  }
}

/** With the header that node:http adds to a body without a length. */
function chunkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return { ...lowerCase(headers), 'transfer-encoding': 'chunked' }
}

/** With the header that the device listener adds to a body that is sent at once. */
function plainHeaders(
  headers: Readonly<Record<string, string>>,
  text: string,
): Record<string, string> {
  return { ...lowerCase(headers), 'content-length': String(Buffer.byteLength(text)) }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

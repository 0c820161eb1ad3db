import type { Agent } from 'node:http'
import type { Random } from '../simulation/random.ts'
import { type Answer, type Body, call, connections } from './call.ts'
import { type Ledger, NUMBER_FIELD, putKeys, type Receipt } from './ledger.ts'

/** One run of the server, from start to crash, as its clients see it. */
export interface Life {
  readonly deviceUrl: string
  readonly controlUrl: string
  /** True once the server was told to stop: requests in flight may then be cut off. */
  readonly isOver: boolean
  /** Whether other servers stand in for one that ends: a request may be cut off, or refused for a moment. */
  readonly mayFail?: boolean
  /** Called when a request was sent. */
  sent(): void
  /** Called when the ledger has a new promise. */
  promised(): void
}

export interface Client {
  /** Sends requests until this run is over. */
  live(life: Life): Promise<void>
}

/** What the clients of one run share. */
export interface Load {
  readonly ledger: Ledger
  readonly random: Random
  /** Between two requests of one client. */
  readonly pauseMs?: number
  /** How long a client waits for an answer. */
  readonly patienceMs?: number
  fail(what: string): void
}

/** Puts increasing numbers without a pause, two buckets at a time. */
export class Putter implements Client {
  readonly #load: Load
  readonly #serial: string

  constructor(load: Load, serial: string) {
    this.#load = load
    this.#serial = serial
  }

  live(life: Life): Promise<void> {
    const { ledger, random } = this.#load
    const serial = this.#serial
    return repeated(this.#load, life, async (ask) => {
      const number = ledger.putAsked(serial)
      // Sometimes as much as a whole thermostat has, so that SQLite checkpoints its log.
      const filler = 'x'.repeat(random.chance(0.2) ? random.int(20_000) : random.int(300))
      const objects = putKeys(serial).map((object_key) => ({
        object_key,
        value: { [NUMBER_FIELD]: number, filler },
      }))
      const done = await ask({
        method: 'POST',
        url: `${life.deviceUrl}/nest/transport/put`,
        headers: deviceHeaders(serial),
        body: { session: 'crash', objects },
      })
      if (done === undefined) return
      const receipts = receiptsOf(done.body)
      ledger.putPromised(serial, receipts)
      if (done.body !== undefined && receipts.size !== objects.length) {
        this.#load.fail(`a put of ${serial} got ${receipts.size} receipts`)
      }
    })
  }
}

const USERS = ['homeassistant', 'alice', 'bob'] as const

/** A thermostat that is claimed by one user after the other without a pause. */
export class Claimer implements Client {
  readonly #load: Load
  readonly #serial: string

  constructor(load: Load, serial: string) {
    this.#load = load
    this.#serial = serial
  }

  live(life: Life): Promise<void> {
    const { ledger, random } = this.#load
    const serial = this.#serial
    return repeated(this.#load, life, async (ask) => {
      const shown = await ask({
        method: 'GET',
        url: `${life.deviceUrl}/nest/passphrase`,
        headers: deviceHeaders(serial),
      })
      const code = shown?.body?.value
      if (typeof code !== 'string') return
      for (const what of ledger.codePromised(serial, code)) this.#load.fail(what)
      if (random.chance(0.2)) return
      const others = USERS.filter((userId) => userId !== ledger.lastOwner(serial))
      const claim = { code, userId: others[random.int(others.length)] ?? USERS[0] }
      ledger.claimAsked(serial, claim)
      const done = await ask({
        method: 'POST',
        url: `${life.controlUrl}/api/register`,
        body: claim,
      })
      if (done === undefined) return
      if (done.body !== undefined && done.body.success !== true) {
        this.#load.fail(`a claim of ${serial} was refused: ${JSON.stringify(done.body)}`)
      }
      ledger.claimPromised(serial)
    })
  }
}

/** Sends commands without a pause. */
export class Commander implements Client {
  readonly #load: Load
  readonly #serials: readonly string[]
  #steps = 0

  constructor(load: Load, serials: readonly string[]) {
    this.#load = load
    this.#serials = serials
  }

  live(life: Life): Promise<void> {
    const { ledger, random } = this.#load
    return repeated(this.#load, life, async (ask) => {
      const serial = this.#serials[random.int(this.#serials.length)] ?? ''
      const { command, value, fields } = this.#some()
      ledger.commandAsked(serial, fields)
      const done = await ask({
        method: 'POST',
        url: `${life.controlUrl}/command`,
        body: { serial, command, value },
      })
      if (done?.body === undefined) return
      const changeId = done.body.change_id
      if (typeof changeId !== 'number') {
        this.#load.fail(`a command was answered with ${JSON.stringify(done.body)}`)
        return
      }
      const promised = { serial, command, fields }
      for (const what of ledger.commandPromised(changeId, promised)) this.#load.fail(what)
    })
  }

  /** A random command. No two setpoints in a row are equal, so that each is a change. */
  #some(): { command: string; value: unknown; fields: Record<string, number | boolean> } {
    this.#steps = (this.#steps + 1) % 600
    const celsius = 18 + this.#steps / 100
    switch (this.#load.random.int(8)) {
      case 0:
        return {
          command: 'set_eco_temperatures',
          value: { low: celsius - 8 },
          fields: { away_temperature_low: celsius - 8 },
        }
      case 1: {
        const away = this.#steps % 2 === 0
        return { command: 'set_away', value: away, fields: { manual_eco_all: away } }
      }
      default:
        return {
          command: 'set_temperature',
          value: celsius,
          fields: { target_temperature: celsius },
        }
    }
  }
}

/** An answer that is a promise; without its body when the connection broke before its end. */
interface Done {
  readonly body: Body | undefined
}

type Ask = (request: Parameters<typeof call>[1]) => Promise<Done | undefined>

/** Repeats `work` until the run is over or one of its requests gets no answer. */
async function repeated(load: Load, life: Life, work: (ask: Ask) => Promise<void>): Promise<void> {
  const agent: Agent = connections()
  let broken = false
  const ask: Ask = async (request) => {
    const answer = await call(agent, { ...request, timeoutMs: load.patienceMs }, () => life.sent())
    const done = judged(load, life, request.url, answer)
    if (answer.type !== 'answered' || done === undefined) broken = true
    if (load.pauseMs !== undefined) await elapsed(load.pauseMs)
    if (done !== undefined) life.promised()
    return done
  }
  while (!life.isOver && !broken) await work(ask)
  agent.destroy()
}

function judged(load: Load, life: Life, url: string, answer: Answer): Done | undefined {
  const { pathname } = new URL(url)
  if (answer.type === 'unknown') {
    if (!life.isOver && !life.mayFail)
      load.fail(`${pathname} got no answer from a server that was not ended`)
    return undefined
  }
  if (answer.status === 200) return { body: answer.type === 'answered' ? answer.body : undefined }
  if (life.mayFail && answer.status >= 502 && answer.status <= 504) return undefined
  // Behind a balancer all thermostats call from one address, which may upload so much in a minute.
  if (life.mayFail && answer.status === 429) return undefined
  const body = answer.type === 'answered' ? JSON.stringify(answer.body) : ''
  load.fail(`${pathname} was answered with ${answer.status} ${body}`)
  return undefined
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function deviceHeaders(serial: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`d.${serial}.5EED0001:secret`)}` }
}

function receiptsOf(body: Body | undefined): Map<string, Receipt> {
  const objects = Array.isArray(body?.objects) ? body.objects : []
  return new Map(
    objects.map(({ object_key, object_revision, object_timestamp }) => [
      object_key,
      { revision: object_revision, timestamp: object_timestamp },
    ]),
  )
}

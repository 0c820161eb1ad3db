import { DatabaseFault } from '../../src/store/postgres/faults.ts'
import type { NetWrites } from '../../src/store/postgres/net-writes.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import { away, type SimDatabase, type SimTransaction } from './sim-database.ts'
import type { SimProcess } from './sim-process.ts'

/** Without an answer a connection is given up after this time. */
const ANSWER_MS = 6_000
/** When a process notices that its direct connection is dead. */
const HEARTBEAT_MS = 5_000
const RECONNECT_MS = 500

/** The faults between a process and its database. */
export interface LinkWeather {
  /** The longest delay of one message, ms. */
  readonly delayMs: number
  /** How often a connection ends while a commit is under way. */
  readonly commitLoss: number
  /** How often nobody confirms a commit that has happened. */
  readonly unclear: number
  /** How often another transaction is in the way. */
  readonly refusals: number
}

export const FAIR_LINK: LinkWeather = { delayMs: 2, commitLoss: 0, unclear: 0, refusals: 0 }

interface Asked {
  fail(error: unknown): void
}

interface DirectEvents {
  heard(versions: ReadonlyMap<string, number>): void
  connected(untilMs: number | undefined): void
  lost(): void
}

/** The connections of one process to the database. */
export class SimLink {
  readonly processId: string
  readonly #clock: SimClock
  readonly #random: Random
  readonly #process: SimProcess
  readonly #database: SimDatabase
  readonly #asked = new Set<Asked>()
  /** The transactions that are open on its connections. */
  readonly #transactions = new Set<SimTransaction>()
  weather: LinkWeather = FAIR_LINK
  /** Nothing arrives in either direction, and nobody is told. */
  isCut = false
  #direct: DirectEvents | undefined
  /** Counts the direct connections; messages of an earlier one are lost. */
  #directNumber = 0
  #isDirectUp = false
  #isDeaf = false
  #lastHeardMs = 0
  /** When it heard everything, on the clock of the process. */
  #heardUntilMs: number | undefined

  constructor(
    parts: { readonly clock: SimClock; readonly random: Random; readonly database: SimDatabase },
    process: SimProcess,
    processId: string,
  ) {
    this.#clock = parts.clock
    this.#random = parts.random
    this.#database = parts.database
    this.#process = process
    this.processId = processId
  }

  /**
   * Has the database do something, and answers with what it returns, in a turn of the process.
   *
   * @throws DatabaseFault
   */
  ask<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const settled = (settle: () => void): void => {
        if (this.#asked.delete(asked)) this.#process.turn(settle)
      }
      const asked: Asked = { fail: (error) => settled(() => reject(error)) }
      const lose = (): void => {
        this.#clock.at(ANSWER_MS, () => asked.fail(away()))
      }
      this.#asked.add(asked)
      this.#clock.at(this.#delay(), () => {
        if (this.isCut) return lose()
        if (!this.#asked.has(asked)) return
        if (!this.#database.isUp) return asked.fail(away())
        this.#done(work).then(
          (value) => this.#answer(asked, lose, () => settled(() => resolve(value))),
          (error) => this.#answer(asked, lose, () => asked.fail(error)),
        )
      })
    })
  }

  async #done<T>(work: () => T | Promise<T>): Promise<T> {
    return work()
  }

  #answer(asked: Asked, lose: () => void, arrive: () => void): void {
    this.#clock.at(this.#delay(), () => {
      if (this.isCut && this.#asked.has(asked)) lose()
      else arrive()
    })
  }

  /** Does this in a transaction with other work than decisions. */
  write<T>(serials: readonly string[], work: () => [T, ReadonlyMap<string, number>?]): Promise<T> {
    return this.ask(async () => {
      const transaction = this.#database.begin(this.processId)
      let result: T | undefined
      await transaction.work(serials, () => {
        const [done, changed] = work()
        result = done
        return changed ?? new Map()
      })
      transaction.commit()
      return result as T
    })
  }

  /**
   * A transaction with decisions: what they write is sent, then the commit.
   *
   * @param commits - called with the new versions when the commit is sent
   */
  async commit(
    batch: readonly NetWrites[],
    number: number,
    commits: (versions: ReadonlyMap<string, number>) => void,
  ): Promise<void> {
    const transaction = this.#database.begin(this.processId)
    this.#transactions.add(transaction)
    try {
      const versions = await this.ask(() => {
        this.#database.mayRefuse(this.weather.refusals)
        return transaction.write(batch, number)
      })
      commits(versions)
      await this.#sendCommit(transaction)
    } catch (error) {
      if (!(error instanceof DatabaseFault && error.isAway)) transaction.rollBack()
      throw error
    } finally {
      this.#transactions.delete(transaction)
    }
  }

  #sendCommit(transaction: SimTransaction): Promise<void> {
    const isLost = this.#random.chance(this.weather.commitLoss)
    if (!isLost) {
      const isUnclear = this.#random.chance(this.weather.unclear)
      return this.ask(() => {
        transaction.commit()
        if (isUnclear) throw new DatabaseFault(new Error('no standby has confirmed it'), true)
      })
    }
    // The connection ends: the commit may be lost, or be on its way for a while.
    this.#transactions.delete(transaction)
    this.#clock.at(this.#random.int(3) === 0 ? this.#random.int(3_000) : 1, () => {
      if (!transaction.isOpen) return
      if (this.#database.isUp && this.#random.chance(0.6)) transaction.commit()
      else transaction.rollBack()
    })
    return new Promise((_resolve, reject) =>
      this.#clock.at(this.#delay(), () => this.#process.turn(() => reject(away()))),
    )
  }

  /** The number of the last commit of this process. */
  lastNumber(): Promise<number | undefined> {
    return this.ask(async () => {
      const transaction = this.#database.begin(this.processId)
      const number = await transaction.lastNumber()
      transaction.commit()
      return number
    })
  }

  /** Opens the direct connection, on which the process hears what others write. */
  listen(events: DirectEvents): void {
    this.#direct = events
    this.#connect()
  }

  #connect(): void {
    const number = ++this.#directNumber
    this.#isDeaf = false
    this.ask(() => {
      if (number !== this.#directNumber) return
      this.#database.listeners.add(this)
    }).then(
      () => {
        if (number !== this.#directNumber) return
        this.#isDirectUp = true
        this.#direct?.connected(this.#heardUntilMs)
        this.#heardUntilMs = undefined
      },
      () => this.#connectLater(number),
    )
  }

  #connectLater(number: number): void {
    this.#process.after(RECONNECT_MS, () => {
      if (number === this.#directNumber) this.#connect()
    })
  }

  /** Another process has written these. */
  tell(versions: ReadonlyMap<string, number>): void {
    if (this.isCut || this.#isDeaf) return
    const number = this.#directNumber
    const atMs = Math.max(this.#lastHeardMs, this.#clock.nowMs + this.#delay())
    this.#lastHeardMs = atMs
    const news = new Map(versions)
    this.#clock.at(atMs - this.#clock.nowMs, () =>
      this.#process.turn(() => {
        if (number === this.#directNumber && !this.#isDeaf) this.#direct?.heard(news)
      }),
    )
  }

  /** Notifications are lost from now on, until the next heartbeat does not come back. */
  goDeaf(): void {
    if (!this.#isDirectUp || this.#isDeaf) return
    this.#isDeaf = true
    this.#noteHeard()
    const number = this.#directNumber
    this.#process.after(HEARTBEAT_MS + this.#random.int(HEARTBEAT_MS), () => {
      if (number === this.#directNumber) this.#loseDirect()
    })
  }

  /** Heartbeats show that everything was heard until some seconds ago. */
  #noteHeard(): void {
    const nowMs = this.#process.ownClock().now().steadyMs
    this.#heardUntilMs ??= nowMs - this.#random.int(HEARTBEAT_MS)
  }

  #loseDirect(): void {
    if (this.#isDirectUp) this.#noteHeard()
    const number = ++this.#directNumber
    this.#database.listeners.delete(this)
    this.#database.jobs.freeAll(this)
    if (this.#direct === undefined) return
    this.#isDirectUp = false
    this.#process.turn(() => {
      this.#direct?.lost()
      this.#connectLater(number)
    })
  }

  /** Takes a job on the direct connection. */
  take(name: string): Promise<number | undefined> {
    const number = this.#directNumber
    return this.ask(() => {
      if (number !== this.#directNumber || !this.#isDirectUp) throw away()
      return this.#database.jobs.take(name, this)
    })
  }

  free(name: string): Promise<void> {
    return this.ask(() => this.#database.jobs.free(name, this))
  }

  /** Every connection ends, and both sides know it. */
  breakAll(): void {
    for (const transaction of this.#transactions) transaction.rollBack()
    for (const asked of [...this.#asked]) asked.fail(away())
    if (this.#isDirectUp) this.#loseDirect()
  }

  /** Nothing passes for a while. Statements are given up in their own time. */
  cut(): void {
    this.isCut = true
    this.goDeaf()
  }

  /** The process has ended: the database notices it at once. */
  end(): void {
    this.#direct = undefined
    for (const transaction of this.#transactions) transaction.rollBack()
    this.#asked.clear()
    this.#loseDirect()
  }

  #delay(): number {
    return this.#random.int(this.weather.delayMs + 1)
  }
}

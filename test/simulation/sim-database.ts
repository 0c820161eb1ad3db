import pg from 'pg'
import { DatabaseFault } from '../../src/store/postgres/faults.ts'
import type { NetWrites } from '../../src/store/postgres/net-writes.ts'
import type { Random } from './random.ts'
import type { SimClock } from './sim-clock.ts'
import { SimRows } from './sim-rows.ts'

/** `lock_timeout` of the engine's transactions. */
const LOCK_MS = 2_000
/** `idle_in_transaction_session_timeout`. */
const IDLE_MS = 5_000

/** The database has ended, or does not answer. */
export function away(): DatabaseFault {
  return new DatabaseFault(new Error('the connection has ended'))
}

/** An error that PostgreSQL itself gives. */
function refusal(code: string): DatabaseFault {
  const error = new pg.DatabaseError('simulated', 0, 'error')
  error.code = code
  return new DatabaseFault(error)
}

/** Where a process hears what others have written. */
export interface Listener {
  readonly processId: string
  tell(versions: ReadonlyMap<string, number>): void
}

/** The PostgreSQL of a story: rows, locks, transactions and notifications. What reaches it happens at once. */
export class SimDatabase {
  readonly rows = new SimRows()
  readonly #clock: SimClock
  readonly #random: Random
  /** By what is locked: who has it, and who waits for it. */
  readonly #locks = new Map<string, { holder: SimTransaction; queue: (() => void)[] }>()
  readonly #open = new Set<SimTransaction>()
  readonly listeners = new Set<Listener>()
  /** By process: the number of its last commit. */
  readonly batches = new Map<string, number>()
  readonly jobs = new SimJobs()
  readonly integrations = new Map<string, unknown>()
  isUp = true
  /** The error of its machine's clock, ms. */
  clockOffsetMs = 0
  #aheadMs = 0
  #latestMs = 0

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  begin(processId: string): SimTransaction {
    const transaction = new SimTransaction(this, processId)
    this.#open.add(transaction)
    return transaction
  }

  /** Ends as a crash does: what was not committed is gone. */
  stop(): void {
    this.isUp = false
    for (const transaction of this.#open) transaction.rollBack()
  }

  /** As the table `clock` of the engine: it never goes back, whatever the machine's clock does. */
  time(): number {
    const ownMs = this.#clock.nowMs + this.clockOffsetMs
    this.#aheadMs = Math.max(this.#aheadMs, this.#latestMs - ownMs)
    this.#latestMs = Math.max(this.#latestMs, ownMs + this.#aheadMs)
    return this.#latestMs
  }

  /** Waits for a lock. */
  async lock(name: string, transaction: SimTransaction): Promise<void> {
    if (!transaction.isOpen) throw away()
    const held = this.#locks.get(name)
    if (held === undefined) {
      this.#locks.set(name, { holder: transaction, queue: [] })
      return
    }
    if (held.holder === transaction) return
    await new Promise<void>((resolve, reject) => {
      let isOver = false
      held.queue.push(() => {
        if (isOver || !transaction.isOpen) return this.#pass(name)
        isOver = true
        held.holder = transaction
        resolve()
      })
      this.#clock.at(LOCK_MS, () => {
        if (isOver) return
        isOver = true
        transaction.rollBack()
        reject(refusal('55P03'))
      })
    })
  }

  /** A transaction has ended. */
  release(transaction: SimTransaction): void {
    this.#open.delete(transaction)
    for (const [name, { holder }] of this.#locks) if (holder === transaction) this.#pass(name)
  }

  #pass(name: string): void {
    const next = this.#locks.get(name)?.queue.shift()
    if (next === undefined) this.#locks.delete(name)
    else next()
  }

  /** A transaction that nothing is heard of ends. */
  endWhenIdle(transaction: SimTransaction): void {
    this.#clock.at(IDLE_MS, () => transaction.rollBack())
  }

  /** Tells every process that listens what another one has written. */
  announce(processId: string, versions: ReadonlyMap<string, number>): void {
    if (versions.size === 0) return
    for (const each of this.listeners) if (each.processId !== processId) each.tell(versions)
  }

  /** A code that makes PostgreSQL refuse a statement now and then. */
  mayRefuse(probability: number): void {
    if (this.#random.chance(probability)) throw refusal(this.#random.pick(['40001', '40P01']))
  }
}

/** A transaction, as the database knows it. */
export class SimTransaction {
  readonly #database: SimDatabase
  readonly #processId: string
  #works: (() => void)[] = []
  #isOpen = true

  constructor(database: SimDatabase, processId: string) {
    this.#database = database
    this.#processId = processId
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Writes the rows of decisions and the number of their commit; the new versions. */
  async write(batch: readonly NetWrites[], number: number): Promise<Map<string, number>> {
    const serials = batch.map(({ serial }) => serial).sort()
    for (const serial of serials) await this.#database.lock(serial, this)
    await this.#database.lock(this.#processId, this)
    if (!this.#isOpen) throw away()
    const { rows, batches } = this.#database
    // Only this transaction writes these rows until it ends, so what it will have written is known.
    const unchanged = batch.filter(({ serial, version }) => rows.versionOf(serial) === version)
    const versions = new Map(unchanged.map(({ serial }) => [serial, 0]))
    this.#works.push(() => {
      for (const [serial, version] of rows.write(unchanged)) versions.set(serial, version)
      batches.set(this.#processId, number)
      this.#database.announce(this.#processId, versions)
    })
    this.#database.endWhenIdle(this)
    return versions
  }

  /** Other work on these thermostats; it returns those whose versions it has moved on. */
  async work(serials: readonly string[], work: () => ReadonlyMap<string, number>): Promise<void> {
    for (const serial of [...serials].sort()) await this.#database.lock(serial, this)
    if (!this.#isOpen) throw away()
    this.#works.push(() => this.#database.announce(this.#processId, work()))
  }

  /** The number of the last commit of this process; waits for one that is under way. */
  async lastNumber(): Promise<number | undefined> {
    await this.#database.lock(this.#processId, this)
    return this.#database.batches.get(this.#processId)
  }

  commit(): void {
    if (!this.#isOpen) throw away()
    this.#isOpen = false
    for (const work of this.#works) work()
    this.#database.release(this)
  }

  rollBack(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#database.release(this)
  }
}

/** Jobs of one process at a time: advisory locks, and epochs on file. */
class SimJobs {
  readonly #epochs = new Map<string, number>()
  readonly #holders = new Map<string, unknown>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Returns the epoch; undefined while somebody else has the job. */
  take(name: string, holder: unknown): number | undefined {
    if (this.#holders.has(name) && this.#holders.get(name) !== holder) return undefined
    const epoch = (this.#epochs.get(name) ?? 0) + 1
    this.#epochs.set(name, epoch)
    this.#holders.set(name, holder)
    return epoch
  }

  epochOf(name: string): number | undefined {
    return this.#epochs.get(name)
  }

  /** Calls back once nobody has the job. */
  whenFree(name: string, free: () => void): void {
    if (this.#holders.has(name)) this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), free])
    else free()
  }

  free(name: string, holder: unknown): void {
    if (this.#holders.get(name) !== holder) return
    this.#holders.delete(name)
    const waiting = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const free of waiting) free()
  }

  /** The connection of this holder has ended. */
  freeAll(holder: unknown): void {
    for (const name of [...this.#holders.keys()]) this.free(name, holder)
  }
}

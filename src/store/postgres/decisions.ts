import { NleError } from '../../errors.ts'
import type { Batches } from './batches.ts'
import { Chain, type PendingDecision } from './chain.ts'
import { type EngineTime, PATIENCE_MS, PAUSE_MS } from './engine-time.ts'
import { DatabaseFault, explained } from './faults.ts'
import type { States } from './states.ts'

/** Decisions that may wait for a database that is away. */
const MAX_WAITING = 10_000
/** Decisions in one transaction, at most. */
const MAX_BATCH = 500
/** How often other processes may be first. */
const MAX_CONFLICTS = 8

type DecidedStates = Pick<States, 'load' | 'remembered' | 'written' | 'forget'>

/**
 * Group commit: the decisions that arrive while one transaction is written form the next one. Each is made on the
 * version that is on file then, and again when somebody else was first.
 */
export class Decisions {
  readonly #states: DecidedStates
  readonly #batches: Pick<Batches, 'commit'>
  readonly #takeIds: (count: number) => Promise<number>
  readonly #time: EngineTime
  #waiting: PendingDecision[] = []
  #running: Promise<void> | undefined
  /** Why nothing could be decided or written the last time; undefined when it could. */
  #trouble: unknown

  /** @param takeIds - takes ids for this many changes, and returns the first */
  constructor(
    states: DecidedStates,
    batches: Pick<Batches, 'commit'>,
    takeIds: (count: number) => Promise<number>,
    time: EngineTime,
  ) {
    this.#states = states
    this.#batches = batches
    this.#takeIds = takeIds
    this.#time = time
  }

  add(waiting: Pick<PendingDecision, 'serial' | 'decide' | 'done' | 'failed'>): void {
    if (this.#waiting.length >= MAX_WAITING) {
      waiting.failed(new NleError('overloaded', 'Too much waits for the database. Try again soon.'))
      return
    }
    const untilMs = this.#time.steadyMs() + PATIENCE_MS
    this.#waiting.push({ ...waiting, untilMs, conflicts: 0, isAlone: false })
    this.#running ??= this.#runAll()
  }

  /** Resolves once nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #runAll(): Promise<void> {
    // At the end of the turn, so that all of it shares a transaction.
    await new Promise<void>((resolve) => this.#time.atTurnEnd(resolve))
    try {
      while (this.#waiting.length > 0) {
        this.#refuseLate()
        const { taken, left } = nextBatch(this.#waiting)
        this.#waiting = left
        try {
          await this.#run(taken)
        } catch (error) {
          await this.#tryAgain(taken.flat(), error)
        }
      }
    } finally {
      // With no `await` since nothing waited: what is added next must start this again.
      this.#running = undefined
    }
  }

  /** Refuses what has waited for too long: this process was paused, or the database is too slow. */
  #refuseLate(): void {
    const nowMs = this.#time.steadyMs()
    const [kept, late] = divided(this.#waiting, ({ untilMs }) => untilMs > nowMs)
    if (late.length === 0) return
    this.#waiting = kept
    for (const each of late) each.failed(this.#trouble ?? waitedTooLong())
  }

  async #run(taken: readonly (readonly PendingDecision[])[]): Promise<void> {
    const chains = await Promise.all(taken.map((waiting) => this.#decided(waiting)))
    await this.#nameChanges(chains)
    for (const { left } of chains) this.#waiting.unshift(...left)
    // They read what is on file, and nothing else.
    for (const chain of chains) if (!chain.writes) chain.finish()
    await this.#write(chains.filter(({ writes }) => writes))
  }

  /**
   * Decides on what is remembered, where that will be written: a version that is no longer on file is refused then.
   * Everything else is decided on what is on file now.
   */
  async #decided(waiting: readonly PendingDecision[]): Promise<Chain> {
    const serial = waiting[0]?.serial ?? ''
    const remembered = this.#states.remembered(serial)
    const early = remembered && new Chain(remembered, waiting)
    if (early?.writes && early.addedChanges === 0) return early
    return new Chain(await this.#states.load(serial), waiting)
  }

  /** Gives new changes their ids. Ids of one thermostat only grow: they are taken after its state was loaded. */
  async #nameChanges(chains: readonly Chain[]): Promise<void> {
    const adding = chains.filter(({ addedChanges }) => addedChanges > 0)
    if (adding.length === 0) return
    const counts = adding.map(({ addedChanges }) => addedChanges)
    let nextId = await this.#takeIds(counts.reduce((sum, each) => sum + each))
    for (const [index, chain] of adding.entries()) {
      chain.useIds(nextId)
      nextId += counts[index] ?? 0
    }
  }

  async #write(chains: readonly Chain[]): Promise<void> {
    if (chains.length === 0) {
      this.#trouble = undefined
      return
    }
    const decided = (): PendingDecision[] => chains.flatMap((chain) => chain.decided)
    let versions: ReadonlyMap<string, number>
    try {
      versions = await this.#batches.commit(chains.map(({ net }) => net))
      this.#trouble = undefined
    } catch (error) {
      for (const { serial } of chains) this.#states.forget(serial)
      if (isOfData(error)) await this.#separate(chains, error)
      else await this.#tryAgain(decided(), error)
      return
    }
    const late: PendingDecision[] = []
    for (const chain of chains) {
      const version = versions.get(chain.serial)
      if (version === undefined) {
        this.#states.forget(chain.serial)
        late.push(...chain.decided)
        continue
      }
      this.#remember(chain, version)
      chain.finish()
    }
    this.#decideAgain(late)
  }

  #remember({ serial, net }: Chain, version: number): void {
    if (version === 0) this.#states.forget(serial)
    else this.#states.written(serial, version, net.state)
  }

  /** Divides a batch that the database refuses, until what it refuses stands alone and fails. */
  async #separate(chains: readonly Chain[], error: unknown): Promise<void> {
    if (chains.length > 1) {
      const half = Math.ceil(chains.length / 2)
      await this.#write(chains.slice(0, half))
      await this.#write(chains.slice(half))
      return
    }
    const decided = chains.flatMap((chain) => chain.decided)
    if (decided.length > 1) {
      for (const each of decided) each.isAlone = true
      this.#waiting.unshift(...decided)
    } else for (const each of decided) each.failed(explained(error))
  }

  /** Somebody else was first: what was asked is decided on what they wrote. */
  #decideAgain(late: readonly PendingDecision[]): void {
    for (const each of late) each.conflicts += 1
    const [kept, given] = divided(late, ({ conflicts }) => conflicts <= MAX_CONFLICTS)
    this.#waiting.unshift(...kept)
    for (const each of given) {
      each.failed(
        new NleError('store', 'Others keep writing the same thermostat. Try again in a second.', {
          details: { retryAfterS: 1 },
        }),
      )
    }
  }

  /** After a failure that may pass. What waits for too long is given up, and so is what may have happened. */
  async #tryAgain(waiting: readonly PendingDecision[], error: unknown): Promise<void> {
    const mayPass = error instanceof DatabaseFault && (error.isAway || error.isRepeatable)
    const isOver = !mayPass || error.isUnclear
    const nowMs = this.#time.steadyMs()
    this.#trouble = explained(error)
    const [kept, given] = divided(waiting, ({ untilMs }) => !isOver && untilMs > nowMs)
    this.#waiting.unshift(...kept)
    for (const each of given) each.failed(explained(error))
    if (kept.length > 0 && !(error instanceof DatabaseFault && error.isRepeatable)) {
      await this.#time.wait(PAUSE_MS)
    }
  }
}

function waitedTooLong(): NleError {
  return new NleError('store', 'The request waited too long for the database. Try again soon.', {
    details: { retryAfterS: 1 },
  })
}

/** The next decisions, by thermostat. */
function nextBatch(waiting: readonly PendingDecision[]): {
  taken: PendingDecision[][]
  left: PendingDecision[]
} {
  const taken = new Map<string, PendingDecision[]>()
  const left: PendingDecision[] = []
  const closed = new Set<string>()
  for (const [index, each] of waiting.entries()) {
    const { serial, isAlone } = each
    const others = taken.get(serial)
    const mustWait = closed.has(serial) || (isAlone && others !== undefined)
    if (index >= MAX_BATCH || mustWait) {
      closed.add(serial)
      left.push(each)
      continue
    }
    taken.set(serial, [...(others ?? []), each])
    if (isAlone) closed.add(serial)
  }
  return { taken: [...taken.values()], left }
}

/** The database refuses the values, or a rule about them was broken while they were written. */
function isOfData(error: unknown): boolean {
  return error instanceof NleError || (error instanceof DatabaseFault && error.isOfData)
}

function divided<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

import { isUnknownType } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import { decideRetry } from '../../protocol/delivery/decide-delivery.ts'
import { LATE_MS } from '../../protocol/delivery/push.ts'
import { CLOCK_SET_MS } from '../../protocol/now.ts'
import {
  type Decision,
  type DecisionInput,
  isEmpty,
  type Writes,
} from '../../protocol/thermostat/decision.ts'
import { type Memory, NO_MEMORY } from '../../protocol/thermostat/memory.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import { roomOf } from '../../protocol/transport/unknown-buckets.ts'
import type { Store } from '../../store/store.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './event-bus.ts'
import type { Logger } from './logger.ts'
import { Retries } from './retries.ts'
import type { StoreHealth } from './store-health.ts'
import type { Subscriptions } from './subscriptions.ts'
import { type WaitingWrite, WaitingWrites } from './waiting-writes.ts'

/** Makes the decision about one request. Pure: it may be called again on fresher state. */
export type Decide<Reply> = (input: DecisionInput) => Decision<Reply>

/**
 * Called once the writes are on disk.
 *
 * @param isLate - the process was held up meanwhile, and others may have written since: what is on its way to
 * the thermostat has to be decided anew. Never where one process writes alone.
 */
type Done<Reply> = (reply: Reply, isLate: boolean) => void

/** A memory that was not used for this long is out of date. */
const FORGET_MEMORY_MS = 3_600_000
/** Roughly what a waiting write keeps in memory beside its buckets and changes, in characters. */
const WRITE_LENGTH = 2_000

/** Thrown out of a decision that writes while earlier writes wait: it must not overtake them. */
const WAITS_FOR_OTHERS = new Error('earlier writes wait for the database')

/** One decision on its way, which may have to wait. */
interface Run<Reply> extends WaitingWrite {
  readonly serial: string
  readonly decide: Decide<Reply>
  readonly done: Done<Reply>
  length: number
  hasWaited: boolean
}

export interface WriterParts {
  readonly store: Store
  readonly health: StoreHealth
  readonly clock: Clock
  readonly subscriptions: Subscriptions
  readonly events: EventBus
  readonly log: Logger
}

/**
 * The one place that carries out decisions: load → decide → commit → publish. Pushes, events and answers
 * follow the commit; there are none when it fails. While another program has locked the database, what has
 * to be written waits (`WaitingWrites`), and what only reads is answered.
 */
export class Writer {
  readonly #parts: WriterParts
  readonly #memories = new Map<string, { memory: Memory; usedAtSteadyMs: number }>()
  readonly #retries: Retries
  readonly #waiting: WaitingWrites
  /** By how much the wall clock was set when that was noted last, ms. */
  #aheadMs = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#retries = new Retries(parts.clock, (serial) => {
      const failed = (error: unknown) => parts.health.complain('retry failed', error, { serial })
      this.run(serial, decideRetry, () => {}, failed)
    })
    this.#waiting = new WaitingWrites(parts.clock, () => parts.health.trouble?.kind === 'busy')
  }

  /** Carries out one decision about a thermostat; exactly one of the callbacks follows. */
  run<Reply>(
    serial: string,
    decide: Decide<Reply>,
    done: Done<Reply>,
    failed: (error: unknown) => void,
  ): void {
    const { health } = this.#parts
    if (health.refusal !== undefined) {
      failed(health.refusal)
      return
    }
    this.#noteClock()
    const run: Run<Reply> = {
      serial,
      decide,
      done,
      length: 0,
      hasWaited: false,
      attempt: () => this.#attempt(run),
      refuse: (error) => {
        health.notice(error)
        this.#guarded(() => failed(error))
      },
    }
    this.#attempt(run)
  }

  #attempt<Reply>(run: Run<Reply>): void {
    const { serial, decide, done } = run
    // Of the first run: one on fresher state must not see what the run before it remembered.
    let memory: Memory | undefined
    let decided: Decision<Reply> | undefined
    let decidedAtMs = 0
    this.#parts.store.decide(
      serial,
      (state, nextChangeId) => {
        memory ??= this.memoryOf(serial)
        const input = { ...this.inputOf(state), memory, nextChangeId }
        decidedAtMs = input.now.steadyMs
        decided = decide(input)
        const overtakes = !run.hasWaited && !this.#waiting.isEmpty
        if (overtakes && !isEmpty(decided.writes)) throw WAITS_FOR_OTHERS
        // Before the commit: the next decision of the same turn must not repeat an answer.
        this.#remember(serial, decided.memory)
        return decided
      },
      (decision) => {
        // The writes are on disk: they are acknowledged even when publishing fails.
        const isLate = this.#isLate(decidedAtMs)
        this.#guarded(() => this.#publish(serial, decision, isLate))
        this.#guarded(() => done(decision.reply, isLate))
      },
      (error) => {
        if (decided === undefined || memory === undefined || !this.#isLocked(error)) {
          run.refuse(error)
          return
        }
        // The next attempt decides anew.
        if (this.memoryOf(serial) === decided.memory) this.#remember(serial, memory)
        run.length = lengthOf(decided.writes)
        run.hasWaited = true
        this.#waiting.add(run, error)
      },
    )
  }

  /** As `run`, as a promise. */
  decide<Reply>(serial: string, decide: Decide<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => this.run(serial, decide, resolve, reject))
  }

  /**
   * Writes data of no single thermostat, unless the database is damaged.
   *
   * @param work - writes in one transaction; it is done again when the database was locked
   */
  write<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const { store, health } = this.#parts
    if (health.refusal !== undefined) return Promise.reject(health.refusal)
    return new Promise((resolve, reject) => {
      const write: WaitingWrite = {
        length: WRITE_LENGTH,
        attempt: () => {
          work(store).then(resolve, (error) => {
            if (this.#isLocked(error)) this.#waiting.add(write, error)
            else write.refuse(error)
          })
        },
        refuse: (error) => {
          health.notice(error)
          reject(error)
        },
      }
      write.attempt()
    })
  }

  /** Stores by how much the wall clock was set, for the next process. */
  async keepTime(): Promise<void> {
    const { clock, log } = this.#parts
    const now = clock.now()
    this.#aheadMs = now.wallMs - now.steadyMs
    const byMs = await this.write((store) => store.keepTime(now))
    if (byMs !== undefined) log.info('the wall clock was set', { by_s: Math.round(byMs / 1000) })
  }

  /** In the same commit as the next decision, whose expiries have to be understood after a power cut. */
  #noteClock(): void {
    const { clock, health } = this.#parts
    const { wallMs, steadyMs } = clock.now()
    if (Math.abs(wallMs - steadyMs - this.#aheadMs) < CLOCK_SET_MS) return
    this.keepTime().catch((error) => health.complain('the clock could not be noted', error))
  }

  /** The input of a decision on this state, for readers that decide nothing. */
  inputOf(state: ThermostatState): Omit<DecisionInput, 'nextChangeId'> {
    const { clock, subscriptions } = this.#parts
    const { serial } = state
    return {
      state,
      held: subscriptions.held(serial),
      memory: this.memoryOf(serial),
      now: clock.now(),
    }
  }

  memoryOf(serial: string): Memory {
    return this.#memories.get(serial)?.memory ?? NO_MEMORY
  }

  /** Drops the memory and the retry of one thermostat. */
  forget(serial: string): void {
    this.#memories.delete(serial)
    this.#retries.forget(serial)
  }

  /** Drops the memories that were not used for an hour. */
  forgetOld(): void {
    const beforeMs = this.#parts.clock.now().steadyMs - FORGET_MEMORY_MS
    for (const [serial, { usedAtSteadyMs }] of this.#memories) {
      if (usedAtSteadyMs < beforeMs) this.#memories.delete(serial)
    }
  }

  /** Stops all retries, for the end of the process. */
  stop(): void {
    this.#retries.stop()
  }

  /** Refuses what still waits for the database, which is closed next. */
  close(): void {
    this.#waiting.stop()
  }

  #isLate(decidedAtMs: number): boolean {
    const { store, clock } = this.#parts
    return store.shared !== undefined && clock.now().steadyMs - decidedAtMs > LATE_MS
  }

  #isLocked(error: unknown): boolean {
    return error === WAITS_FOR_OTHERS || this.#parts.store.troubleOf(error)?.kind === 'busy'
  }

  #remember(serial: string, memory: Memory): void {
    if (memory === NO_MEMORY) this.#memories.delete(serial)
    else this.#memories.set(serial, { memory, usedAtSteadyMs: this.#parts.clock.now().steadyMs })
  }

  #publish(serial: string, decision: Decision<unknown>, isLate: boolean): void {
    const { log, subscriptions, events } = this.#parts
    const { writes, retryAtSteadyMs } = decision
    for (const { bucket, why } of writes.buckets) {
      const { objectKey, revision, timestamp } = bucket
      log.debug('bucket written', { serial, key: objectKey, revision, timestamp, why })
    }
    const unknown = writes.buckets.filter(({ bucket }) => isUnknownType(bucket.objectKey))
    if (unknown.length > 0) {
      const bytes = unknown.map(({ text }) => roomOf({ size: Buffer.byteLength(text) }))
      events.emit(
        'unknownBucketsWritten',
        bytes.reduce((sum, each) => sum + each),
      )
    }
    for (const key of writes.deletedBuckets) log.debug('bucket deleted', { serial, key })
    for (const { level, event, fields } of decision.notes) log[level](event, fields)
    if (retryAtSteadyMs !== undefined) this.#retries.at(serial, retryAtSteadyMs)
    if (isLate && decision.pushes.length > 0) events.emit('pushWasLate', serial)
    else for (const push of decision.pushes) subscriptions.push(serial, push)
    for (const change of decision.moved) {
      this.#logChange(change)
      events.emit('changeMoved', change, 'us')
    }
    if (writes.device === null) events.emit('deviceRemoved', serial)
    if (decision.isChanged) events.emit('deviceChanged', serial)
  }

  #logChange({ state, serial, commandId, command, objectKey, reason }: Change): void {
    const level = state === 'ignored' || state === 'expired' ? 'warn' : 'info'
    this.#parts.log[level](`change ${state}`, {
      serial,
      change: commandId,
      command,
      key: objectKey,
      reason: reason ?? undefined,
    })
  }

  #guarded(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#parts.log.error('a defect in nle, after a transaction', { stack })
    }
  }
}

function lengthOf({ buckets, changes }: Writes): number {
  let length = WRITE_LENGTH
  for (const { text } of buckets) length += text.length
  for (const { fields } of changes) length += JSON.stringify(fields).length
  return length
}

import type { Bucket } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { Store } from '../../store/store.ts'
import type { EventBus } from './event-bus.ts'
import type { Logger } from './logger.ts'
import type { StoreHealth } from './store-health.ts'

/**
 * The one place that changes buckets and pending changes. What it was told to write is on disk before
 * anybody hears of it: events and `after` callbacks run once the commit is through, and not at all
 * when it fails. Failures of the database are noted, and told to the log, by its health.
 */
export class Writer {
  readonly #store: Store
  readonly #health: StoreHealth
  readonly #events: EventBus
  readonly #log: Logger

  constructor(store: Store, health: StoreHealth, events: EventBus, log: Logger) {
    this.#store = store
    this.#health = health
    this.#events = events
    this.#log = log
  }

  /** Runs `work` in the transaction of this turn; exactly one of the callbacks follows. */
  run<T>(
    work: (tx: Transaction) => T,
    done: (result: T) => void,
    failed: (error: unknown) => void,
  ): void {
    const { refusal } = this.#health
    if (refusal !== undefined) {
      failed(refusal)
      return
    }
    const tx = new Transaction(this.#store, this.#log)
    this.#store.run(
      () => work(tx),
      (result) => {
        // It is on disk: whatever goes wrong with telling of it must not keep it, nor what others
        // wrote in the same turn, from being acknowledged.
        this.#guarded(() => tx.publish(this.#events))
        this.#guarded(() => done(result))
      },
      (error) => {
        this.#health.notice(error)
        this.#guarded(() => tx.undone())
        this.#guarded(() => failed(error))
      },
    )
  }

  #guarded(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#log.error('a defect in nle, after a transaction', { stack })
    }
  }

  /** As `run`, as a promise. */
  commit<T>(work: (tx: Transaction) => T): Promise<T> {
    return new Promise((resolve, reject) => this.run(work, resolve, reject))
  }
}

/** What one piece of work writes. */
export class Transaction {
  readonly store: Store
  readonly #log: Logger
  readonly #changedSerials = new Set<string>()
  readonly #removedSerials = new Set<string>()
  readonly #movedChanges: Change[] = []
  readonly #after: (() => void)[] = []
  readonly #otherwise: (() => void)[] = []

  constructor(store: Store, log: Logger) {
    this.store = store
    this.#log = log
  }

  /**
   * Stores a bucket whose version is already advanced.
   *
   * @param why - for the log
   * @returns the length of its JSON
   */
  putBucket(serial: string, bucket: Bucket, why: string): number {
    const length = this.store.buckets.put(serial, bucket)
    this.#changedSerials.add(serial)
    this.#log.debug('bucket written', {
      serial,
      key: bucket.objectKey,
      revision: bucket.revision,
      timestamp: bucket.timestamp,
      why,
    })
    return length
  }

  deleteBucket(serial: string, objectKey: string, why: string): void {
    if (!this.store.buckets.delete(serial, objectKey)) return
    this.#changedSerials.add(serial)
    this.#log.debug('bucket deleted', { serial, key: objectKey, why })
  }

  /** Stores a change as it is now; those who watch hear of it when its state moved. */
  updateChange(before: Change, change: Change): void {
    this.store.changes.update(change)
    if (before.state !== change.state) this.announceChange(change)
  }

  /** Tells those who watch of a change. */
  announceChange(change: Change): void {
    this.#movedChanges.push(change)
    this.#changedSerials.add(change.serial)
  }

  /** Something else that readers see of this thermostat is different. */
  markChanged(serial: string): void {
    this.#changedSerials.add(serial)
  }

  markRemoved(serial: string): void {
    this.#changedSerials.delete(serial)
    this.#removedSerials.add(serial)
  }

  /** Runs once everything is on disk. */
  after(callback: () => void): void {
    this.#after.push(callback)
  }

  /** Runs when it does not get there. */
  otherwise(callback: () => void): void {
    this.#otherwise.push(callback)
  }

  /** For the writer: nothing of it is on disk. */
  undone(): void {
    for (const callback of this.#otherwise) callback()
  }

  /** For the writer: tells what was written. */
  publish(events: EventBus): void {
    for (const callback of this.#after) callback()
    for (const change of this.#movedChanges) {
      const level = change.state === 'ignored' || change.state === 'expired' ? 'warn' : 'info'
      this.#log[level](`change ${change.state}`, {
        serial: change.serial,
        change: change.commandId,
        command: change.command,
        key: change.objectKey,
        reason: change.reason ?? undefined,
      })
      events.emit('changeMoved', change)
    }
    for (const serial of this.#changedSerials) events.emit('deviceChanged', serial)
    for (const serial of this.#removedSerials) events.emit('deviceRemoved', serial)
  }
}

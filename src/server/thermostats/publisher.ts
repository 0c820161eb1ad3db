import type { Bucket } from '../../protocol/bucket.ts'
import { type Change, isOpenChange, isOverdue } from '../../protocol/delivery/change.ts'
import {
  confirmInto,
  deliverOnSubscribe,
  earliestPush,
  type PlannedPush,
  planPush,
  SCHEDULE_APPLIED_MS,
  SCHEDULE_RESEND_MS,
  sent,
} from '../../protocol/delivery/delivery.ts'
import type { Now } from '../../protocol/now.ts'
import type { Push } from '../../protocol/transport/hold.ts'
import type { ListedObject } from '../../protocol/transport/subscribe-request.ts'
import { pushDocument } from '../../protocol/transport/wire.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import type { Transaction } from '../core/writer.ts'

/** Brings pending changes to held subscriptions, and keeps book of what was sent. */
export class Publisher {
  readonly #core: Core
  /** Per device: when a change that has to wait (`D6`) may be tried again. */
  readonly #retries = new Map<string, { timer: Timer; atSteadyMs: number }>()
  /** Per device: when a schedule was last written to it, on the steady clock (`D6`). */
  readonly #schedulePushes = new Map<string, number>()
  /** Per device: when it should have applied a schedule that it was sent. */
  readonly #questions = new Map<string, Timer>()
  #stopped = false

  constructor(core: Core) {
    this.#core = core
  }

  /** As the same schedule, it is not sent again while the device waits for quiet (`D6`). */
  mayPush(serial: string, now: Now): boolean {
    const lastMs = this.#schedulePushes.get(serial)
    if (lastMs !== undefined && now.steadyMs - lastMs < SCHEDULE_RESEND_MS) return false
    this.#schedulePushes.set(serial, now.steadyMs)
    return true
  }

  /**
   * Pushes changes to what is held, once they are on disk.
   *
   * @returns whether any of them goes out now
   */
  pushToHeld(tx: Transaction, serial: string, changes: readonly Change[]): boolean {
    const { hub, clock, store } = this.#core
    if (hub.count(serial) === 0) return false
    const now = clock.now()
    const tracked = store.changes.tracked(serial)
    // What waits for the same bucket goes along: a later version would count as proof of it.
    const waiting = tracked.filter(
      (each) =>
        each.state === 'queued' && changes.some(({ objectKey }) => objectKey === each.objectKey),
    )
    const asked = tracked.filter(
      (each) =>
        !isOverdue(each, now) &&
        (waiting.includes(each) || changes.some(({ id }) => id === each.id)),
    )
    const ready = asked.filter((change) => this.#readyAt(change, now) <= now.steadyMs)
    for (const change of asked) {
      if (!ready.includes(change)) this.retryAt(serial, this.#readyAt(change, now))
    }
    const versions = new Map(store.buckets.versions(serial).map((each) => [each.objectKey, each]))
    const plans = byObjectKey(ready).flatMap(([objectKey, group]) => {
      const others = tracked.filter(
        (each) => each.objectKey === objectKey && !group.some(({ id }) => id === each.id),
      )
      const known = {
        stored: versions.get(objectKey),
        listedTimestamp: hub.listedTimestamp(serial, objectKey),
      }
      return planPush(group, others, known, now) ?? []
    })
    if (plans.length === 0) return false
    const push = this.record(tx, serial, plans, [])
    tx.after(() => hub.push(serial, push))
    return true
  }

  /**
   * Writes down under which versions changes go out, before they do (`D2`), and gives the push.
   *
   * @param first - objects that go in the same body before them
   */
  record(
    tx: Transaction,
    serial: string,
    plans: readonly PlannedPush[],
    first: readonly Bucket[],
  ): Push {
    const now = this.#core.clock.now()
    for (const { changes } of plans) {
      for (const change of changes) {
        tx.updateChange(change, change)
        if (change.kind === 'schedule') this.#schedulePushes.set(serial, now.steadyMs)
      }
    }
    return {
      document: pushDocument(mergeObjects([...first, ...plans.map(({ object }) => object)])),
      carries: plans.flatMap(({ changes }) =>
        changes.map(({ id, push, kind }) => ({
          changeId: id,
          timestamp: push?.timestamp ?? 0,
          kind,
        })),
      ),
    }
  }

  /** Tracked changes against what the device lists: confirmed, given up, or sent (again). */
  deliver(
    tx: Transaction,
    serial: string,
    listedBy: ReadonlyMap<string, ListedObject>,
    now: Now,
  ): PlannedPush[] {
    const { buckets, changes } = tx.store
    return byObjectKey(changes.tracked(serial)).flatMap(([objectKey, tracked]) => {
      const stored = buckets.get(serial, objectKey)
      const listed = listedBy.get(objectKey)
      const lastSchedulePush = this.#schedulePushes.get(serial)
      const delivery = deliverOnSubscribe(tracked, listed, stored, lastSchedulePush, now)
      const bucket =
        delivery.reached.length > 0
          ? confirmInto(stored, delivery.reached, objectKey, listed?.revision)
          : stored
      if (bucket !== undefined && bucket !== stored) {
        tx.putBucket(serial, bucket, 'confirmed by the thermostat')
      }
      for (const change of delivery.changes) {
        const before = tracked.find(({ id }) => id === change.id)
        if (before !== undefined) tx.updateChange(before, change)
      }
      if (delivery.retryAtSteadyMs !== undefined) {
        this.retryAt(serial, delivery.retryAtSteadyMs)
      }
      const held = this.#core.hub.listedTimestamp(serial, objectKey)
      const known = { stored: bucket, listedTimestamp: Math.max(listed?.timestamp ?? 0, held) }
      const others = tracked.filter((change) => !delivery.due.includes(change))
      return planPush(delivery.due, others, known, now) ?? []
    })
  }

  /** A push was written to a connection: its changes count as sent. */
  onSent(serial: string, push: Push): void {
    if (push.carries.length === 0) return
    const { writer, clock, health } = this.#core
    writer.run(
      (tx) => {
        const now = clock.now()
        for (const { changeId, timestamp } of push.carries) {
          const change = tx.store.changes.get(changeId)
          if (change === undefined || !isOpenChange(change)) continue
          const stored = tx.store.buckets.get(serial, change.objectKey)
          const next = sent(change, timestamp, stored?.timestamp ?? 0, now)
          if (next.state !== change.state || next.sends !== change.sends) {
            tx.updateChange(change, next)
          }
        }
      },
      () => {
        if (push.carries.some(({ kind }) => kind === 'schedule')) this.#askWhenApplied(serial)
      },
      // It stays queued and goes out again: the device drops what it already has.
      (error) => health.complain('sent changes could not be recorded', error, { serial }),
    )
  }

  /** Tries what is still open again at this time, on whatever is held then. */
  retryAt(serial: string, atSteadyMs: number): void {
    // Requests that are still being answered may ask for it; when it is due the database is closed.
    if (this.#stopped) return
    const armed = this.#retries.get(serial)
    if (armed !== undefined) {
      if (armed.atSteadyMs <= atSteadyMs) return
      this.#core.clock.clearTimer(armed.timer)
    }
    const delayMs = Math.max(0, atSteadyMs - this.#core.clock.now().steadyMs)
    const timer = this.#core.clock.setTimer(delayMs, () => {
      this.#retries.delete(serial)
      this.#retry(serial)
    })
    this.#retries.set(serial, { timer, atSteadyMs })
  }

  /** Stops all timers; for the end of the process. */
  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#retries.values()) this.#core.clock.clearTimer(timer)
    this.#retries.clear()
    for (const timer of this.#questions.values()) this.#core.clock.clearTimer(timer)
    this.#questions.clear()
  }

  /** Drops what no longer keeps a schedule waiting. */
  forgetOld(steadyMs: number): void {
    for (const [serial, atMs] of this.#schedulePushes) {
      if (steadyMs - atMs > SCHEDULE_RESEND_MS) this.#schedulePushes.delete(serial)
    }
  }

  forget(serial: string): void {
    const armed = this.#retries.get(serial)
    if (armed !== undefined) this.#core.clock.clearTimer(armed.timer)
    this.#retries.delete(serial)
    this.#schedulePushes.delete(serial)
    this.#stopAsking(serial)
  }

  /**
   * Finishes what a device holds once it has applied a schedule (`D6`): it comes back and lists it.
   * Otherwise nobody would know before the hold is over (`S4`) or the schedule is sent again.
   */
  #askWhenApplied(serial: string): void {
    if (this.#stopped) return
    const { writer, clock, hub, health } = this.#core
    this.#stopAsking(serial)
    const timer = clock.setTimer(SCHEDULE_APPLIED_MS, () => {
      this.#questions.delete(serial)
      writer.run(
        ({ store }) =>
          store.changes
            .open(serial)
            .some(({ kind, state }) => kind === 'schedule' && state === 'sent'),
        (isOpen) => {
          if (isOpen) hub.finish(serial)
        },
        (error) => health.complain('a hold was not finished early', error, { serial }),
      )
    })
    this.#questions.set(serial, timer)
  }

  #stopAsking(serial: string): void {
    const timer = this.#questions.get(serial)
    if (timer !== undefined) this.#core.clock.clearTimer(timer)
    this.#questions.delete(serial)
  }

  #retry(serial: string): void {
    this.#core.writer.run(
      (tx) => {
        const open = tx.store.changes.open(serial)
        // What was sent waits for the device's next subscribe, a schedule excepted (`D6`).
        const due = open.filter((c) => c.state === 'queued' || c.kind === 'schedule')
        this.pushToHeld(tx, serial, due)
      },
      () => {},
      (error) => this.#core.health.complain('retry failed', error, { serial }),
    )
  }

  #readyAt(change: Change, now: Now): number {
    return earliestPush(change, this.#schedulePushes.get(change.serial), now)
  }
}

/** Changes grouped by bucket, in the order in which the buckets first appear. */
export function byObjectKey(changes: readonly Change[]): [string, Change[]][] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const group = groups.get(change.objectKey) ?? []
    groups.set(change.objectKey, [...group, change])
  }
  return [...groups]
}

/** One object per bucket: later fields and the later version win. */
function mergeObjects(objects: readonly Bucket[]): Bucket[] {
  const byKey = new Map<string, Bucket>()
  for (const object of objects) {
    const earlier = byKey.get(object.objectKey)
    byKey.set(
      object.objectKey,
      earlier === undefined
        ? object
        : {
            objectKey: object.objectKey,
            revision: Math.max(earlier.revision, object.revision),
            timestamp: Math.max(earlier.timestamp, object.timestamp),
            value: { ...earlier.value, ...object.value },
          },
    )
  }
  return [...byKey.values()]
}

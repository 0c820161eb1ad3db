import { advanced, type Bucket, type BucketVersion, typeOf } from '../protocol/bucket.ts'
import { type Change, ended, isOpenChange } from '../protocol/change.ts'
import {
  confirmInto,
  deliverOnSubscribe,
  type PlannedPush,
  planPush,
} from '../protocol/delivery.ts'
import { applyDeviceWrite, type DeviceWrite, leavesEco } from '../protocol/device-write.ts'
import { type HoldTimes, LINGER_MS, PLAIN_MS, type Push } from '../protocol/hold.ts'
import type { Now } from '../protocol/now.ts'
import { structureKeyFor, structureValue, userValue } from '../protocol/pairing.ts'
import type { PutRequest } from '../protocol/put.ts'
import { mayRepeat, type RepeatGuard } from '../protocol/repeat-guard.ts'
import {
  judge,
  type ListedObject,
  type SubscribeRequest,
  uploadRequest,
} from '../protocol/subscribe.ts'
import { holdMs, transportHeaders } from '../protocol/wire.ts'
import { recoverable } from '../protocol/writable-fields.ts'
import type { Core } from './core.ts'
import { byObjectKey, type Publisher } from './publisher.ts'
import { type Channel, Subscription } from './subscription.ts'
import type { Transaction } from './writer.ts'

/** A device that has nothing on file is asked to upload a bucket once in this time (S table). */
const ASK_AGAIN_MS = 60_000

/** Subscribe, put and list (sections 4 and 5): how thermostat and server keep in step. */
export class Transport {
  readonly #core: Core
  readonly #publisher: Publisher
  readonly #times: HoldTimes
  /** By serial and object key; bounded by `forgetOld`. */
  readonly #guards = new Map<string, RepeatGuard>()
  readonly #askedAtMs = new Map<string, number>()

  constructor(core: Core, publisher: Publisher) {
    this.#core = core
    this.#publisher = publisher
    this.#times = {
      holdMs: holdMs(core.settings.suspendTimeMaxS),
      plainMs: PLAIN_MS,
      lingerMs: LINGER_MS,
    }
  }

  /**
   * Judges what a device lists, and answers or holds. From the moment it is judged the subscription
   * hears of every push, so no change falls between comparing and holding.
   *
   * @param answered - called once the answer is out or held; with an error instead of any answer when
   * the store cannot be written
   */
  subscribe(
    serial: string,
    request: SubscribeRequest,
    channel: Channel,
    answered: (error?: unknown) => void,
  ): Subscription {
    const { hub, writer, clock, settings } = this.#core
    const subscription = new Subscription(serial, request, this.#times, channel, clock, {
      sent: (push) => this.#publisher.onSent(serial, push),
      ended: (over) => hub.remove(over),
    })
    writer.run(
      (tx) => {
        const answer = this.#judge(tx, serial, request)
        hub.add(subscription)
        return answer
      },
      ({ push, expectsAnswer }) => {
        subscription.open(transportHeaders(settings, clock.now().wallMs, expectsAnswer), push)
        answered()
      },
      (error) => {
        hub.remove(subscription)
        answered(error)
      },
    )
    return subscription
  }

  /** Stores what a device puts; the receipts come once it is on disk (`U5`, `U6`). */
  put(serial: string, request: PutRequest): Promise<Bucket[]> {
    const { writer, hub, clock, contacts, log } = this.#core
    if (request.refused.length > 0) {
      log.warn('put refused: not this thermostat’s to write', {
        serial,
        keys: request.refused.join(' '),
      })
    }
    return writer.commit((tx) => {
      contacts.heard(tx, serial)
      const now = clock.now()
      return request.objects.map(({ objectKey, value, baseRevision, ifRevision }) => {
        const listedTimestamp = hub.listedTimestamp(serial, objectKey)
        const write = { objectKey, value, baseRevision, ifRevision, listedTimestamp }
        return this.#deviceWrites(tx, serial, write, now)
      })
    })
  }

  /** The versions of what is on file for a device. */
  list(serial: string): (BucketVersion & { objectKey: string })[] {
    return this.#core.store.buckets.versions(serial)
  }

  /** Drops what was remembered of devices that have not come back for an hour. */
  forgetOld(steadyMs: number): void {
    const before = steadyMs - 3_600_000
    for (const [key, { answeredAtMs }] of this.#guards) {
      if ((answeredAtMs.at(-1) ?? 0) < before) this.#guards.delete(key)
    }
    for (const [key, atMs] of this.#askedAtMs) {
      if (atMs < before) this.#askedAtMs.delete(key)
    }
  }

  /** Drops what was remembered of one device. */
  forget(serial: string): void {
    for (const memory of [this.#guards, this.#askedAtMs]) {
      for (const key of memory.keys()) if (key.startsWith(`${serial} `)) memory.delete(key)
    }
  }

  #judge(
    tx: Transaction,
    serial: string,
    { objects }: SubscribeRequest,
  ): { push: Push | undefined; expectsAnswer: boolean } {
    const now = this.#core.clock.now()
    this.#core.contacts.heard(tx, serial)
    const structureKey = this.#learnStructureKey(tx, serial, objects)
    for (const listed of objects) this.#takeValue(tx, serial, listed, now)

    const listedBy = new Map(objects.map((listed) => [listed.objectKey, listed]))
    const plans = this.#deliver(tx, serial, listedBy, now)
    const pairing = this.#pairingObjects(tx, serial, structureKey, listedBy, now)
    const others = this.#otherObjects(tx, serial, structureKey, objects, now)
    const first = [...pairing, ...others]
    return {
      push:
        first.length + plans.length === 0
          ? undefined
          : this.#publisher.record(tx, serial, plans, first),
      expectsAnswer: tx.store.changes.open(serial).some(({ kind }) => kind === 'setpoint'),
    }
  }

  /** A device that arrives with a structure of its own keeps it (`P10`). */
  #learnStructureKey(
    tx: Transaction,
    serial: string,
    objects: readonly ListedObject[],
  ): string | undefined {
    const { devices, buckets } = tx.store
    const known = devices.get(serial)?.structureKey ?? undefined
    const key = structureKeyFor(
      known,
      objects.map(({ objectKey }) => objectKey),
    )
    if (key === undefined || key === known) return known
    devices.setStructureKey(serial, key)
    const before = known === undefined ? undefined : buckets.get(serial, known)
    if (before !== undefined && known !== undefined && buckets.get(serial, key) === undefined) {
      buckets.rename(serial, known, key)
      tx.markChanged(serial)
    }
    return key
  }

  /** Values inside a subscribe (the last two rows of the S table). */
  #takeValue(tx: Transaction, serial: string, listed: ListedObject, now: Now): void {
    const { objectKey, value, revision, timestamp } = listed
    if (value === undefined) return
    const stored = tx.store.buckets.get(serial, objectKey)
    const verdict = judge(listed, stored)
    if (verdict !== 'update' && verdict !== 'adopt') return
    this.#deviceWrites(
      tx,
      serial,
      {
        objectKey,
        value,
        listedTimestamp: timestamp,
        ...(verdict === 'adopt' ? { adopt: { revision, timestamp } } : {}),
      },
      now,
    )
  }

  /** The one way a device's own data gets on file, by put or by subscribe. */
  #deviceWrites(tx: Transaction, serial: string, write: DeviceWrite, now: Now): Bucket {
    const { objectKey } = write
    const stored = tx.store.buckets.get(serial, objectKey)
    if (stored !== undefined && this.#isPairingUser(tx, serial, objectKey)) return stored
    const tracked = tx.store.changes.tracked(serial)
    const mine = tracked.filter((change) => change.objectKey === objectKey)
    const result = applyDeviceWrite(stored, write, mine, now)
    if (result.changed) {
      tx.putBucket(serial, result.bucket, 'written by the thermostat')
    }
    for (const change of result.changes) {
      const before = mine.find(({ id }) => id === change.id)
      if (before !== undefined) tx.updateChange(before, change)
    }
    if (typeOf(objectKey) === 'device')
      this.#endAwayByDial(tx, serial, write, tracked.filter(isOpenChange), now)
    return result.bucket
  }

  /** The bucket that keeps a thermostat paired is the server's alone (seed 000). */
  #isPairingUser(tx: Transaction, serial: string, objectKey: string): boolean {
    if (typeOf(objectKey) !== 'user') return false
    const owner = tx.store.owners.get(serial)
    return owner !== undefined && objectKey === `user.${owner.userId}`
  }

  /** A thermostat that left eco by its own dial ends the away that was commanded before (`U9`). */
  #endAwayByDial(
    tx: Transaction,
    serial: string,
    { value }: DeviceWrite,
    open: readonly Change[],
    now: Now,
  ): void {
    if (!Object.hasOwn(value, 'eco')) return
    const structureKey = tx.store.devices.get(serial)?.structureKey
    if (structureKey === null || structureKey === undefined) return
    for (const change of open) {
      const away = change.objectKey === structureKey && change.fields.manual_eco_all === true
      const current = away ? tx.store.changes.get(change.id) : undefined
      if (current === undefined || !isOpenChange(current)) continue
      if (leavesEco(value, Math.floor((current.sentAt?.wallMs ?? current.createdAtMs) / 1000))) {
        const why = 'eco was left on the thermostat'
        tx.updateChange(current, ended(current, 'superseded', now, why))
      }
    }
    const structure = tx.store.buckets.get(serial, structureKey)
    if (structure?.value.manual_eco_all !== true) return
    const commandedAtS = structure.value.manual_eco_timestamp
    if (!leavesEco(value, typeof commandedAtS === 'number' ? commandedAtS : 0)) return
    const listed = this.#core.hub.listedTimestamp(serial, structureKey)
    const cleared = { ...structure.value, manual_eco_all: false }
    tx.putBucket(
      serial,
      advanced(structure, structureKey, cleared, now.wallMs, listed),
      'eco was left on the thermostat',
    )
  }

  /** Tracked changes against what the device lists: confirmed, given up, or sent (again). */
  #deliver(
    tx: Transaction,
    serial: string,
    listedBy: ReadonlyMap<string, ListedObject>,
    now: Now,
  ): PlannedPush[] {
    const { buckets, changes } = tx.store
    return byObjectKey(changes.tracked(serial)).flatMap(([objectKey, tracked]) => {
      const stored = buckets.get(serial, objectKey)
      const listed = listedBy.get(objectKey)
      const lastSchedulePush = this.#publisher.lastSchedulePush(serial)
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
        this.#publisher.retryAt(serial, delivery.retryAtSteadyMs)
      }
      const held = this.#core.hub.listedTimestamp(serial, objectKey)
      const known = { stored: bucket, listedTimestamp: Math.max(listed?.timestamp ?? 0, held) }
      const others = tracked.filter((change) => !delivery.due.includes(change))
      return planPush(delivery.due, others, known, now) ?? []
    })
  }

  /** The two buckets that keep a thermostat paired, on every answer until it lists them (`P11`). */
  #pairingObjects(
    tx: Transaction,
    serial: string,
    structureKey: string | undefined,
    listedBy: ReadonlyMap<string, ListedObject>,
    now: Now,
  ): Bucket[] {
    const owner = tx.store.owners.get(serial)
    if (owner === undefined || structureKey === undefined) return []
    const userKey = `user.${owner.userId}`
    const missing = [userKey, structureKey].flatMap((objectKey) => {
      const stored = tx.store.buckets.get(serial, objectKey)
      const listed = listedBy.get(objectKey)?.timestamp
      if (stored !== undefined && listed === stored.timestamp) return []
      const pairing =
        objectKey === userKey ? userValue(owner.userId) : structureValue(stored?.value, serial)
      // A device that has a later one than we do (a restored backup) would ignore ours (`S10`).
      const behind = stored === undefined || (listed ?? 0) > stored.timestamp
      const bucket = behind
        ? advanced(stored, objectKey, { ...stored?.value, ...pairing }, now.wallMs, listed ?? 0)
        : stored
      if (behind) tx.putBucket(serial, bucket, 'the thermostat has a later one')
      return { ...bucket, value: pairing }
    })
    const guardKey = `${serial} pairing`
    if (missing.length === 0) {
      this.#guards.delete(guardKey)
      return []
    }
    return this.#allowed(guardKey, now) ? missing : []
  }

  /** Recovery of a device that lost its memory, requests for uploads, the dialog. */
  #otherObjects(
    tx: Transaction,
    serial: string,
    structureKey: string | undefined,
    objects: readonly ListedObject[],
    now: Now,
  ): Bucket[] {
    const owner = tx.store.owners.get(serial)
    const served = new Set(owner === undefined ? [] : [`user.${owner.userId}`, structureKey])
    return objects.flatMap((listed): Bucket | Bucket[] => {
      const { objectKey } = listed
      if (listed.value !== undefined || served.has(objectKey)) return []
      const stored = tx.store.buckets.get(serial, objectKey)
      if (typeOf(objectKey) === 'device_alert_dialog') {
        const lacks = stored !== undefined && listed.timestamp < stored.timestamp
        return lacks && this.#allowed(`${serial} ${objectKey}`, now) ? stored : []
      }
      switch (judge(listed, stored)) {
        case 'recover': {
          if (stored === undefined) return []
          const value = recoverable(objectKey, stored.value, now.wallMs - stored.timestamp)
          if (value === undefined) return []
          return this.#allowed(`${serial} ${objectKey}`, now) ? { ...stored, value } : []
        }
        case 'ask': {
          const key = `${serial} ${objectKey}`
          const askedAtMs = this.#askedAtMs.get(key) ?? Number.NEGATIVE_INFINITY
          if (now.steadyMs - askedAtMs < ASK_AGAIN_MS) return []
          this.#askedAtMs.set(key, now.steadyMs)
          return uploadRequest(objectKey)
        }
        default:
          return []
      }
    })
  }

  #allowed(guardKey: string, now: Now): boolean {
    const { allowed, guard } = mayRepeat(
      this.#guards.get(guardKey),
      now.steadyMs,
      this.#times.holdMs,
    )
    this.#guards.set(guardKey, guard)
    return allowed
  }
}

import { advanced, type Bucket, typeOf } from '../../protocol/bucket.ts'
import type { Now } from '../../protocol/now.ts'
import { structureValue, userValue } from '../../protocol/pairing/entry-key.ts'
import { mayRepeat, type RepeatGuard } from '../../protocol/transport/repeat-guard.ts'
import {
  judge,
  type ListedObject,
  uploadRequest,
} from '../../protocol/transport/subscribe-request.ts'
import { recoverable } from '../../protocol/transport/writable-fields.ts'
import { remember } from '../core/bounded-map.ts'
import type { Transaction } from '../core/writer.ts'

/** A device that has nothing on file is asked to upload a bucket once in this time (S table). */
const ASK_AGAIN_MS = 60_000
/** Buckets it is remembered of, at most: who calls himself a thermostat may list what he likes. */
const MAX_ASKED = 16_384

/** Keeps schedules apart (`D6`). */
export interface SchedulePushes {
  /** Whether a device may be given back its schedule now; if so, it counts as pushed. */
  mayPush(serial: string, now: Now): boolean
}

/**
 * What a subscribe is answered beside pending changes: the buckets that keep a thermostat paired,
 * what one that lost its memory needs, and requests for uploads.
 */
export class ServedBuckets {
  readonly #holdMs: number
  /** By serial and object key, of buckets on file; those of who stays away go with `forgetOld`. */
  readonly #guards = new Map<string, RepeatGuard>()
  readonly #askedAtMs = new Map<string, number>()

  readonly #schedules: SchedulePushes

  constructor(holdMs: number, schedules: SchedulePushes) {
    this.#holdMs = holdMs
    this.#schedules = schedules
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

  /** The two buckets that keep a thermostat paired, on every answer until it lists them (`P11`). */
  pairing(
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
  others(
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
      // It has the bucket: should it lose it again, it gets it again at once.
      if (listed.timestamp > 0 && typeOf(objectKey) !== 'device_alert_dialog') {
        this.#guards.delete(`${serial} ${objectKey}`)
      }
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
          if (typeOf(objectKey) === 'schedule' && !this.#schedules.mayPush(serial, now)) return []
          return this.#allowed(`${serial} ${objectKey}`, now) ? { ...stored, value } : []
        }
        case 'ask': {
          const key = `${serial} ${objectKey}`
          const askedAtMs = this.#askedAtMs.get(key) ?? Number.NEGATIVE_INFINITY
          if (now.steadyMs - askedAtMs < ASK_AGAIN_MS) return []
          remember(this.#askedAtMs, key, now.steadyMs, MAX_ASKED)
          return uploadRequest(objectKey)
        }
        default:
          return []
      }
    })
  }

  #allowed(guardKey: string, now: Now): boolean {
    const { allowed, guard } = mayRepeat(this.#guards.get(guardKey), now.steadyMs, this.#holdMs)
    this.#guards.set(guardKey, guard)
    return allowed
  }
}

import { NleError } from '../../errors.ts'
import { advanced, type Bucket, typeOf } from '../../protocol/bucket.ts'
import { type Change, ended, isOpenChange } from '../../protocol/delivery/change.ts'
import {
  applyDeviceWrite,
  type DeviceWrite,
  leavesEco,
} from '../../protocol/delivery/device-write.ts'
import type { Now } from '../../protocol/now.ts'
import { structureKeyFor } from '../../protocol/pairing/entry-key.ts'
import { MAX_UNPAIRED_BYTES } from '../../protocol/pairing/newcomer-limits.ts'
import { judge, type ListedObject } from '../../protocol/transport/subscribe-request.ts'
import type { Store } from '../../store/store.ts'
import type { SubscriptionHub } from '../core/subscriptions.ts'
import type { Transaction } from '../core/writer.ts'

/** How a thermostat's own data gets on file, by put or inside a subscribe. */
export class DeviceData {
  readonly #hub: SubscriptionHub

  constructor(hub: SubscriptionHub) {
    this.#hub = hub
  }

  /** A device that arrives with a structure of its own keeps it (`P10`). */
  learnStructureKey(
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
  takeValue(tx: Transaction, serial: string, listed: ListedObject, now: Now): void {
    const { objectKey, value, revision, timestamp } = listed
    if (value === undefined) return
    const stored = tx.store.buckets.get(serial, objectKey)
    const verdict = judge(listed, stored)
    if (verdict !== 'update' && verdict !== 'adopt') return
    this.write(
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
  write(tx: Transaction, serial: string, write: DeviceWrite, now: Now): Bucket {
    const { objectKey } = write
    const stored = tx.store.buckets.get(serial, objectKey)
    if (stored !== undefined && this.#isPairingUser(tx, serial, objectKey)) return stored
    const tracked = tx.store.changes.tracked(serial)
    const mine = tracked.filter((change) => change.objectKey === objectKey)
    const result = applyDeviceWrite(stored, write, mine, now)
    if (result.changed) {
      const length = tx.putBucket(serial, result.bucket, 'written by the thermostat')
      checkBucketLimits(tx.store, serial, length, stored === undefined)
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
    const listed = this.#hub.listedTimestamp(serial, structureKey)
    const cleared = { ...structure.value, manual_eco_all: false }
    tx.putBucket(
      serial,
      advanced(structure, structureKey, cleared, now.wallMs, listed),
      'eco was left on the thermostat',
    )
  }
}

/** A thermostat has about thirty; the keys of some types are of its own choosing. */
export const MAX_BUCKETS_PER_DEVICE = 256
/** The largest bucket there is, `device`, has about 10 kB of JSON; one can grow with every put. */
export const MAX_BUCKET_LENGTH = 256 * 1024
/** What no bucket of a thermostat reaches: for a paired one only their number counts up to here. */
const SMALL_LENGTH = 16 * 1024
/** All buckets of a thermostat together, looked at when one is new or not small. */
export const MAX_TOTAL_LENGTH = 1024 * 1024

/**
 * Keeps one who calls itself a thermostat from filling the disk. Looks at what was just written: who
 * exceeds a limit has the work undone.
 *
 * @param length - of its JSON
 * @param isNew - whether the bucket was not on file before
 * @throws NleError `too_large`
 */
export function checkBucketLimits(
  store: Store,
  serial: string,
  length: number,
  isNew: boolean,
): void {
  if (length > MAX_BUCKET_LENGTH) {
    throw new NleError('too_large', `A bucket may not be larger than ${MAX_BUCKET_LENGTH} bytes.`)
  }
  const { buckets, owners } = store
  const isPaired = owners.get(serial) !== undefined
  if (isPaired && !isNew && length <= SMALL_LENGTH) return
  const { count, bytes } = buckets.totals(serial)
  if (count > MAX_BUCKETS_PER_DEVICE) {
    throw new NleError(
      'too_large',
      `A thermostat may not have more than ${MAX_BUCKETS_PER_DEVICE} buckets.`,
    )
  }
  const most = isPaired ? MAX_TOTAL_LENGTH : MAX_UNPAIRED_BYTES
  if (bytes > most) {
    const which = isPaired ? '' : ' that was never paired'
    throw new NleError(
      'too_large',
      `The buckets of a thermostat${which} may not take more than ${most} bytes.`,
    )
  }
}

import {
  advanced,
  type Bucket,
  type BucketVersion,
  changedFields,
  isObject,
  type JsonObject,
  mergeValue,
  sameValue,
  typeOf,
} from '../bucket.ts'
import {
  type Change,
  ended,
  isOpenChange,
  markDelivered,
  primaryFields,
  sameMeaning,
  without,
} from '../delivery/change.ts'
import { confirmInto, isEvidence, requeueUnconfirmed, withValuesOf } from '../delivery/delivery.ts'
import type { Now } from '../now.ts'
import { sameWeek } from '../schedule/week.ts'

/** What a device writes to one of its buckets: a put, or a value inside a subscribe. */
export interface DeviceWrite {
  readonly objectKey: string
  readonly value: JsonObject
  readonly baseRevision?: number | undefined
  readonly ifRevision?: number | undefined
  /** The device's own version, which the bucket takes over (the last row of the S table). */
  readonly adopt?: BucketVersion
  /** The latest timestamp that the device listed for this bucket; 0 when unknown. */
  readonly listedTimestamp: number
}

export interface DeviceWriteResult {
  readonly bucket: Bucket
  /** Whether the bucket has to be stored. */
  readonly changed: boolean
  /** The fields whose value really changed. */
  readonly fields: JsonObject
  /** The changes that differ now. */
  readonly changes: readonly Change[]
}

/**
 * Applies a device's write to its stored bucket (`U2`, `U3`, `U4`, `U8`), and updates the tracked changes
 * of that bucket by what the write shows (`D1`).
 */
export function applyDeviceWrite(
  stored: Bucket | undefined,
  write: DeviceWrite,
  tracked: readonly Change[],
  now: Now,
): DeviceWriteResult {
  const { objectKey } = write
  const shownRevision = write.baseRevision ?? write.ifRevision ?? Number.NEGATIVE_INFINITY
  // A device that builds on a push has that push.
  const proven = tracked.filter(
    (change) =>
      change.push !== null &&
      shownRevision >= (change.push.since ?? change.push).revision &&
      isEvidence(change, shownRevision, stored?.revision ?? 0),
  )
  const base = proven.length > 0 ? confirmInto(stored, proven, objectKey, shownRevision) : stored
  const reached = proven.map((change) => markDelivered(change, now))
  // Without a bucket on file there is nothing that the condition could protect.
  if (base !== undefined && write.ifRevision !== undefined && write.ifRevision !== base.revision) {
    return { bucket: base, changed: proven.length > 0, fields: {}, changes: reached }
  }

  const rest = tracked.filter((change) => !proven.includes(change))
  const judged = rest.map((change) =>
    isOpenChange(change) ? judgeByValue(change, write, base?.value ?? {}, now) : change,
  )
  // Equal values do not prove the push, which may still arrive: the new version has to be later than
  // that of the push, and the device may never acknowledge it (`U8`).
  const repeated = judged
    .filter(({ state, sends }) => state === 'confirmed' && sends > 0)
    .map((change) => ({ ...change, fields: withoutPending(change.fields) }))
  const before = repeated.length > 0 ? withValuesOf(base, repeated, objectKey) : base

  const incoming = acceptable(before?.value ?? {}, write.value)
  const fields = changedFields(before?.value ?? {}, incoming)
  // A schedule is replaced whole: a missing day was removed.
  const removes =
    typeOf(objectKey) === 'schedule' && before !== undefined && !sameValue(before.value, incoming)
  // A push that may still arrive has a later timestamp than the bucket on file. The receipt must not be
  // older than the push (`S10`), so the version advances although no value changed.
  const pushed = rest.map((change) => change.push?.timestamp ?? 0)
  const overtakes = pushed.some((timestamp) => timestamp > (before?.timestamp ?? 0))
  // An empty bucket is stored too, because the server would ask for its upload for ever.
  const changed = before === undefined || removes || overtakes || Object.keys(fields).length > 0
  // A push that has arrived since may be newer than the listed version: time never goes back (`S10`).
  const newest = Math.max(before?.timestamp ?? 0, ...pushed)
  const adopted = write.adopt !== undefined && write.adopt.timestamp > newest ? write.adopt : {}
  const value = mergeValue(objectKey, before?.value ?? {}, incoming)
  const bucket: Bucket = changed
    ? {
        ...advanced(before, objectKey, value, now.wallMs, write.listedTimestamp, ...pushed),
        ...adopted,
      }
    : { ...before, ...adopted }
  const after = changed ? judged.map(requeueOrSettle) : judged
  return {
    bucket,
    changed:
      changed || proven.length > 0 || repeated.length > 0 || bucket.timestamp !== before?.timestamp,
    fields,
    changes: [...reached, ...after.filter((change, i) => change !== rest[i])],
  }
}

/**
 * A change after a receipt that is newer than its push. The device may drop the push, so an open change
 * goes out again under a newer version, and an ended one is no longer tracked.
 */
function requeueOrSettle(change: Change): Change {
  if (isOpenChange(change)) return requeueUnconfirmed(change)
  return change.settled ? change : { ...change, settled: true }
}

/** An open change after a write with these values. */
function judgeByValue(change: Change, write: DeviceWrite, stored: JsonObject, now: Now): Change {
  if (change.kind === 'schedule') {
    if (sameWeek(write.value, change.fields)) {
      return ended(change, 'confirmed', now, null)
    }
    return sameWeek(write.value, stored)
      ? change
      : ended(change, 'superseded', now, 'the schedule was changed on the thermostat')
  }
  const { value } = write
  const overruled = new Set(
    primaryFields(change).filter(
      (field) =>
        Object.hasOwn(value, field) &&
        !sameMeaning(field, value[field], change.fields[field]) &&
        !sameMeaning(field, value[field], stored[field]) &&
        !(field === 'eco' && isEcoBefore(value, change.createdAtMs)),
    ),
  )
  if (overruled.size > 0) {
    const rest = without(change, overruled)
    if (rest === undefined) {
      return ended(change, 'superseded', now, 'it was set otherwise on the thermostat')
    }
    return judgeByValue(rest, write, stored, now)
  }
  const repeats = primaryFields(change).every(
    (field) =>
      Object.hasOwn(value, field) && sameMeaning(field, value[field], change.fields[field]),
  )
  if (repeats) return ended(change, 'confirmed', now, null)
  const acknowledges =
    value.target_change_pending === false &&
    change.fields.target_change_pending === true &&
    change.sends > 0 &&
    // With a base older than the push (or one that a receipt may have given) it acknowledges an
    // earlier command.
    (write.baseRevision === undefined ||
      (change.state === 'sent' && write.baseRevision >= (change.push?.revision ?? 0))) &&
    // With another setpoint in the same write it acknowledges that setpoint.
    !primaryFields(change).some((field) => Object.hasOwn(value, field))
  return acknowledges ? ended(change, 'confirmed', now, null) : change
}

/** The fields of a write that count: only a command sets `target_change_pending` to true (`U8`). */
function acceptable(stored: JsonObject, value: JsonObject): JsonObject {
  const sets = value.target_change_pending === true && stored.target_change_pending !== true
  return sets ? withoutPending(value) : value
}

function withoutPending({ target_change_pending: _, ...fields }: JsonObject): JsonObject {
  return fields
}

/**
 * Whether the reported eco mode is older than a command. It then answers an earlier command, crossed
 * this one on the way, and overrules nothing.
 */
function isEcoBefore({ eco }: JsonObject, commandedAtMs: number): boolean {
  const atS = isObject(eco) ? eco.mode_update_timestamp : undefined
  return typeof atS === 'number' && atS <= Math.floor(commandedAtMs / 1000)
}

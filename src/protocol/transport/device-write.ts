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

/** What a device says about one of its buckets: a put, or a value inside a subscribe. */
export interface DeviceWrite {
  readonly objectKey: string
  readonly value: JsonObject
  readonly baseRevision?: number | undefined
  readonly ifRevision?: number | undefined
  /** Take over the device's own version (the last row of the S table). */
  readonly adopt?: BucketVersion
  /** The latest timestamp the device listed for this bucket; 0 when unknown. */
  readonly listedTimestamp: number
}

export interface DeviceWriteResult {
  readonly bucket: Bucket
  /** Whether it has to be stored. */
  readonly changed: boolean
  /** The fields whose value really changed. */
  readonly fields: JsonObject
  /** Changes that are different now. */
  readonly changes: readonly Change[]
}

/**
 * Applies a device's write to its stored bucket (`U2`, `U3`, `U4`, `U8`) and judges the tracked
 * changes of that bucket by it (`D1`).
 */
export function applyDeviceWrite(
  stored: Bucket | undefined,
  write: DeviceWrite,
  tracked: readonly Change[],
  now: Now,
): DeviceWriteResult {
  const { objectKey } = write
  const told = write.baseRevision ?? write.ifRevision ?? -1
  // The device builds on our push: it has it, whatever this write is about.
  const proven = tracked.filter(
    (change) =>
      change.push !== null &&
      told >= (change.push.since ?? change.push).revision &&
      isEvidence(change, told, stored?.revision ?? 0),
  )
  const base = proven.length > 0 ? confirmInto(stored, proven, objectKey, told) : stored
  const reached = proven.map((change) => markDelivered(change, now))
  if (write.ifRevision !== undefined && write.ifRevision !== (base?.revision ?? 0)) {
    const bucket = base ?? { objectKey, revision: 0, timestamp: 0, value: {} }
    return { bucket, changed: proven.length > 0, fields: {}, changes: reached }
  }

  const rest = tracked.filter((change) => !proven.includes(change))
  const judged = rest.map((change) =>
    isOpenChange(change) ? judgeByValue(change, write, base?.value ?? {}, now) : change,
  )
  const taken = judged.filter((change, i) => {
    const before = rest[i]
    return change.state === 'confirmed' && before?.state !== 'confirmed' && change.sends > 0
  })
  // The same values prove nothing about the push itself, which may still be under way: the version
  // has to move past it, not onto it, and the device may never acknowledge it (`U8`).
  const before = taken.length > 0 ? withValuesOf(base, taken.map(withoutPending), objectKey) : base

  const incoming = acceptable(before?.value ?? {}, write.value)
  const fields = changedFields(before?.value ?? {}, incoming)
  // A schedule is replaced whole: a day that is missing is a day that was removed.
  const removes =
    typeOf(objectKey) === 'schedule' && before !== undefined && !sameValue(before.value, incoming)
  // A push that may still be under way carries a later timestamp than the bucket on file. A receipt
  // may not fall behind it (`S10`), so the version moves on although no value did.
  const pushed = rest.map((change) => change.push?.timestamp ?? 0)
  const overtakes = pushed.some((timestamp) => timestamp > (before?.timestamp ?? 0))
  // An empty bucket is one too: were it not kept, the device would be asked for it for ever.
  const changed = before === undefined || removes || overtakes || Object.keys(fields).length > 0
  // A push that the device has by now may be newer than what it listed: time never runs back (`S10`).
  const newest = Math.max(before?.timestamp ?? 0, ...pushed)
  const adopted = write.adopt !== undefined && write.adopt.timestamp > newest ? write.adopt : {}
  const value = mergeValue(objectKey, before?.value ?? {}, incoming)
  const bucket: Bucket = changed
    ? {
        ...advanced(before, objectKey, value, now.wallMs, write.listedTimestamp, ...pushed),
        ...adopted,
      }
    : { ...before, ...adopted }
  const after = judged.map((change) => (changed ? overtaken(change) : change))
  return {
    bucket,
    changed:
      changed || proven.length > 0 || taken.length > 0 || bucket.timestamp !== before?.timestamp,
    fields,
    changes: [...reached, ...after.filter((change, i) => change !== rest[i])],
  }
}

/**
 * A change after a receipt that is newer than its push: the device may drop the push unseen, so it
 * goes out again under a newer version. Without a base revision nobody can tell. One that is over is
 * no longer looked for.
 */
function overtaken(change: Change): Change {
  if (!isOpenChange(change)) return change.settled ? change : { ...change, settled: true }
  return requeueUnconfirmed(change)
}

/** What the values in a write say about one open change. */
function judgeByValue(change: Change, write: DeviceWrite, stored: JsonObject, now: Now): Change {
  if (change.kind === 'schedule') {
    if (sameValue(write.value.days, change.fields.days))
      return ended(change, 'confirmed', now, null)
    return sameValue(write.value, stored)
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
    // With a base older than our push (or one that a receipt may have given) it acknowledges an
    // earlier command.
    (write.baseRevision === undefined ||
      (change.state === 'sent' && write.baseRevision >= (change.push?.revision ?? 0))) &&
    // It says another setpoint in the same breath: it acknowledges that one.
    !primaryFields(change).some((field) => Object.hasOwn(value, field))
  return acknowledges ? ended(change, 'confirmed', now, null) : change
}

function withoutPending(change: Change): Change {
  const { target_change_pending: _, ...fields } = change.fields
  return { ...change, fields }
}

/**
 * Whether the eco a device tells of began or ended before a command was given: it is then the answer
 * to an earlier command, on its way while this one was sent, and overrules nothing.
 */
function isEcoBefore({ eco }: JsonObject, commandedAtMs: number): boolean {
  return (
    isObject(eco) &&
    typeof eco.mode_update_timestamp === 'number' &&
    eco.mode_update_timestamp <= Math.floor(commandedAtMs / 1000)
  )
}

/** What of a device's write counts: `target_change_pending` goes to true by command only (`U8`). */
function acceptable(stored: JsonObject, value: JsonObject): JsonObject {
  if (value.target_change_pending !== true || stored.target_change_pending === true) return value
  const { target_change_pending: _, ...rest } = value
  return rest
}

/**
 * Whether this write takes the thermostat out of eco by its own dial (`U9`): it then ends the away
 * that was commanded earlier. A report older than the command does not.
 *
 * @param commandedAtS - `manual_eco_timestamp` of the command, Unix seconds
 */
export function leavesEco(value: JsonObject, commandedAtS: number): boolean {
  const eco = value.eco
  return (
    isObject(eco) &&
    eco.mode === 'schedule' &&
    typeof eco.mode_update_timestamp === 'number' &&
    eco.mode_update_timestamp > commandedAtS
  )
}

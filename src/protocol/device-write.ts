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
} from './bucket.ts'
import { type Change, ended, primaryFields, sameMeaning, without } from './change.ts'
import { confirmInto } from './delivery.ts'
import type { Now } from './now.ts'

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
  /** The bucket as it is now; undefined when there is none and a condition kept it so (`U4`). */
  readonly bucket: Bucket | undefined
  /** Whether it has to be stored. */
  readonly changed: boolean
  /** The fields whose value really changed. */
  readonly fields: JsonObject
  /** Changes whose state moved. */
  readonly changes: readonly Change[]
}

/**
 * Applies a device's write to its stored bucket (`U2`, `U3`, `U4`, `U8`) and judges the open changes
 * of that bucket by it (`D1`).
 */
export function applyDeviceWrite(
  stored: Bucket | undefined,
  write: DeviceWrite,
  open: readonly Change[],
  now: Now,
): DeviceWriteResult {
  const { objectKey } = write
  const told = write.baseRevision ?? write.ifRevision
  // The device builds on our push: it has it, whatever this write is about.
  const proven = open.filter(
    ({ push, state }) => state === 'sent' && push !== null && (told ?? -1) >= push.revision,
  )
  const base = proven.length > 0 ? confirmInto(stored, proven, objectKey) : stored
  const settled = proven.map((change) => ended(change, 'confirmed', now, null))

  if (write.ifRevision !== undefined && write.ifRevision !== (base?.revision ?? 0)) {
    return { bucket: base, changed: proven.length > 0, fields: {}, changes: settled }
  }

  const rest = open.filter((change) => !proven.includes(change))
  const judged = rest.map((change) => judgeByValue(change, write, base?.value ?? {}, now))
  const taken = judged.filter((change) => change.state === 'confirmed' && change.sends > 0)
  const before = taken.length > 0 ? confirmInto(base, taken, objectKey) : base

  const incoming = acceptable(before?.value ?? {}, write.value)
  const fields = changedFields(before?.value ?? {}, incoming)
  // A schedule is replaced whole: a day that is missing is a day that was removed.
  const removes =
    typeOf(objectKey) === 'schedule' && before !== undefined && !sameValue(before.value, incoming)
  // An empty bucket is one too: were it not kept, the device would be asked for it for ever.
  const changed = before === undefined || removes || Object.keys(fields).length > 0
  // A push that the device has by now may be newer than what it listed: time never runs back (`S10`).
  const adopted =
    write.adopt !== undefined && write.adopt.timestamp > (before?.timestamp ?? 0)
      ? write.adopt
      : undefined
  const pushed = open.map((change) => change.push?.timestamp ?? 0)
  const value = mergeValue(objectKey, before?.value ?? {}, incoming)
  const bucket: Bucket = changed
    ? {
        ...advanced(before, objectKey, value, now.wallMs, write.listedTimestamp, ...pushed),
        ...adopted,
      }
    : { ...before, ...adopted }
  const doubted = judged.map((change) =>
    // The receipt is newer than our push, so the device may drop the push unseen: it goes out again
    // under a newer version. Without a base revision nobody can tell.
    changed && change.state === 'sent' ? { ...change, state: 'queued' as const } : change,
  )
  return {
    bucket,
    changed: changed || adopted !== undefined || proven.length > 0 || taken.length > 0,
    fields,
    changes: [...settled, ...doubted.filter((change) => !open.includes(change))],
  }
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
        !sameMeaning(field, value[field], stored[field]),
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

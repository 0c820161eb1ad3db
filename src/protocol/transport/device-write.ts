import {
  advanced,
  type Bucket,
  type BucketVersion,
  changedFields,
  type JsonObject,
  mergeValue,
  sameValue,
  typeOf,
} from '../bucket.ts'
import {
  awaitsUpload,
  type Change,
  ended,
  endedByCrossing,
  isCrossed,
  isOpenChange,
  markDelivered,
  primaryFields,
  SET_ON_THERMOSTAT,
  sameMeaning,
  without,
} from '../delivery/change.ts'
import {
  acknowledged,
  acknowledgedFields,
  confirmInto,
  isEvidence,
  requeueUnconfirmed,
  withValuesOf,
} from '../delivery/delivery.ts'
import type { Now } from '../now.ts'
import { sameWeek } from '../schedule/week.ts'
import { overruledBy, settleByWrite } from './dial-turn.ts'

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
  /**
   * Whether the thermostat may have other values than those on file, and no change tells so: the write
   * overrules a part of a change whose push it has crossed, or acknowledges a push that was crossed.
   */
  readonly isDoubtful: boolean
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
    return {
      bucket: base,
      changed: proven.length > 0,
      fields: {},
      changes: reached,
      isDoubtful: false,
    }
  }

  const rest = tracked.filter((change) => !proven.includes(change))
  const value = base?.value ?? {}
  const judged = rest.map((change) =>
    isOpenChange(change)
      ? judgeByValue(change, write, value, tracked, now)
      : judgeEnded(change, write, base?.revision ?? 0, tracked, now),
  )
  // Equal values do not prove the push, which may still arrive: the new version has to be later than
  // that of the push, and the device may never acknowledge it (`U8`).
  const repeated = judged
    .filter(({ state, sends }) => state === 'confirmed' && sends > 0)
    .map(acknowledged)
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
  // Revisions go on from the one that the thermostat has, so that a later base proves a later push (`D1`).
  const revision = Math.max(0, write.baseRevision ?? write.ifRevision ?? 0)
  const from = before ?? { objectKey, revision, timestamp: 0, value: {} }
  // A push that has arrived since may be newer than the listed version: time never goes back (`S10`).
  const newest = Math.max(before?.timestamp ?? 0, ...pushed)
  const adopted = write.adopt !== undefined && write.adopt.timestamp > newest ? write.adopt : {}
  const merged = mergeValue(objectKey, before?.value ?? {}, incoming)
  const bucket: Bucket = changed
    ? {
        ...advanced(from, objectKey, merged, now.wallMs, write.listedTimestamp, ...pushed),
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
    isDoubtful: rest.some((change, i) => {
      if (isCrossed(change)) return judged[i]?.state === 'confirmed'
      const isLeft = judged[i] !== undefined && isOpenChange(judged[i])
      return isLeft && overruledBy(change, write, value, tracked).crossed
    }),
  }
}

/**
 * A change after a receipt that is newer than its push. The device may drop the push, so an open change
 * goes out again under a newer version, and an ended one is no longer tracked, unless only an upload can
 * settle it.
 */
function requeueOrSettle(change: Change): Change {
  if (isOpenChange(change)) return requeueUnconfirmed(change)
  return change.settled || awaitsUpload(change) ? change : { ...change, settled: true }
}

/** An open change after a write with these values. */
function judgeByValue(
  change: Change,
  write: DeviceWrite,
  stored: JsonObject,
  tracked: readonly Change[],
  now: Now,
): Change {
  const { value, baseRevision } = write
  if (change.kind === 'schedule') {
    if (sameWeek(value, change.fields)) return ended(change, 'confirmed', now, null)
    if (sameWeek(value, stored)) return change
    return isOlderThanPush(change, write)
      ? endedByCrossing(change, now)
      : ended(change, 'superseded', now, 'the schedule was changed on the thermostat')
  }
  const overruled = overruledBy(change, write, stored, tracked)
  if (overruled.fields.size > 0) {
    const rest = without(change, overruled.fields)
    if (rest !== undefined) return judgeByValue(rest, write, stored, tracked, now)
    return overruled.crossed
      ? endedByCrossing(change, now)
      : { ...ended(change, 'superseded', now, SET_ON_THERMOSTAT), settled: true }
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
    (baseRevision === undefined ||
      (change.state === 'sent' && baseRevision >= (change.push?.revision ?? 0))) &&
    // With another setpoint in the same write it acknowledges that setpoint.
    !primaryFields(change).some((field) => Object.hasOwn(value, field))
  return acknowledges ? ended(change, 'confirmed', now, null) : change
}

/** Whether the write builds on a revision from before the push of a change. */
function isOlderThanPush({ push }: Change, { baseRevision }: DeviceWrite): boolean {
  return push !== null && baseRevision !== undefined && baseRevision < push.revision
}

/** An ended change after a write, when that shows whether the thermostat has it. */
function judgeEnded(
  change: Change,
  write: DeviceWrite,
  storedRevision: number,
  tracked: readonly Change[],
  now: Now,
): Change {
  if (!awaitsUpload(change)) return change
  const { change: after, confirmed } = settleByWrite(change, write, storedRevision, tracked)
  return confirmed ? ended(change, 'confirmed', now, null) : after
}

/** The fields of a write that count: only a command sets `target_change_pending` to true (`U8`). */
function acceptable(stored: JsonObject, value: JsonObject): JsonObject {
  const sets = value.target_change_pending === true && stored.target_change_pending !== true
  return sets ? acknowledgedFields(value) : value
}

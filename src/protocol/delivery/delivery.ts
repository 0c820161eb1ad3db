import {
  type Bucket,
  type BucketVersion,
  type JsonObject,
  mergeValue,
  nextTimestamp,
} from '../bucket.ts'
import type { Now } from '../now.ts'
import {
  type Change,
  ended,
  expire,
  freshFields,
  isOpenChange,
  type PushVersion,
  reachedDevice,
  sameMeaning,
} from './change.ts'

/** How often a change is written before it counts as ignored by the device (`D3`). */
export const MAX_SENDS = 5
/** Writes closer together than this are one try: overlapping subscriptions are normal (`S7`). */
const ONE_TRY_MS = 5_000
/** Between two schedule pushes to one device (`D6`). */
export const SCHEDULE_GAP_MS = 15_000
/** Before the same schedule is sent again (`D6`). */
export const SCHEDULE_RESEND_MS = 45_000
/**
 * After this a device that was left alone has applied a schedule (`D6`), some seconds for the wake-up
 * included. Its next subscribe shows it.
 */
export const SCHEDULE_APPLIED_MS = 20_000
/** Time-bound fields older than this are stamped anew; the device rejects 600 s (`D5`). */
const RESTAMP_MS = 240_000
/**
 * While our clock lags, the device counts on from the last timestamp by itself, one for each change of
 * its own. A push keeps this far ahead, so that its timestamp is its alone (`S10`).
 */
const OWN_STEPS_MS = 1_000
/** A device that lists a newer bucket is about to put it; its word may settle our change (S table). */
export const DEVICE_FIRST_MS = 20_000

/** Versions that a new push of a bucket has to be newer than. */
export interface KnownVersions {
  readonly stored: BucketVersion | undefined
  /** The latest timestamp the device listed; 0 when it did not. */
  readonly listedTimestamp: number
}

/** One bucket's worth of changes to write, and the changes as they are while it is written. */
export interface PlannedPush {
  readonly object: Bucket
  readonly changes: readonly Change[]
}

/**
 * The push that carries these open changes of one bucket (`D1`, `D5`, `S10`): their fields and
 * nothing else, under one version. A version already given is kept when the device can still accept
 * it, so that a push that arrives twice is applied once.
 *
 * @param others - further tracked changes of the bucket, whose versions must stay unique
 */
export function planPush(
  changes: readonly Change[],
  others: readonly Change[],
  known: KnownVersions,
  now: Now,
): PlannedPush | undefined {
  const objectKey = changes[0]?.objectKey
  if (objectKey === undefined) return undefined
  const floor = Math.max(known.stored?.timestamp ?? 0, known.listedTimestamp)
  const pushes = [...changes, ...others].flatMap((change) => change.push ?? [])
  const kept = reusable(changes, others, floor, now)
  const version: BucketVersion = kept ?? {
    revision: Math.max(known.stored?.revision ?? 0, ...pushes.map((p) => p.revision)) + 1,
    timestamp: nextTimestamp(
      now.wallMs,
      floor + OWN_STEPS_MS,
      ...pushes.map((p) => p.timestamp + OWN_STEPS_MS),
    ),
  }
  const { revision, timestamp } = version
  const stampedAtMs = kept?.stampedAtMs ?? now.wallMs
  const value = changes.reduce<JsonObject>(
    (all, change) => mergeValue(objectKey, all, freshFields(change.fields, stampedAtMs)),
    {},
  )
  return {
    object: { objectKey, revision, timestamp, value },
    changes: changes.map((change) => {
      const since = change.push?.since ?? { revision, timestamp }
      return { ...change, push: { revision, timestamp, stampedAtMs, since } }
    }),
  }
}

/** The version all of these were given before, when the device can still take it as it was. */
function reusable(
  changes: readonly Change[],
  others: readonly Change[],
  floor: number,
  now: Now,
): PushVersion | undefined {
  const [first, ...rest] = changes.map((change) => change.push)
  if (first === null || first === undefined || first.timestamp <= floor) return undefined
  // Fields added to a version that the device may have already would never be taken.
  if (rest.some((push) => push?.timestamp !== first.timestamp)) return undefined
  // Without a field that it had, it would prove what it no longer carries.
  if (others.some(({ push }) => push?.timestamp === first.timestamp)) return undefined
  return Math.abs(now.wallMs - first.stampedAtMs) < RESTAMP_MS ? first : undefined
}

/**
 * A change that was written to a connection (`D1`: queued → sent).
 *
 * @param written - the version it was written under
 * @param storedTimestamp - of the bucket now: a put may have overtaken the push while it was written,
 * and then the device may drop it, so it stays queued
 */
export function sent(change: Change, written: number, storedTimestamp: number, now: Now): Change {
  const overtaken = change.push?.timestamp !== written || storedTimestamp >= written
  const state = overtaken ? change.state : 'sent'
  const sameTry = change.sends > 0 && sinceSentMs(change, now) < ONE_TRY_MS
  return sameTry ? { ...change, state } : { ...change, state, sends: change.sends + 1, sentAt: now }
}

/** A change of which nobody knows any more whether its push arrived; it goes out again. */
export function doubted(change: Change): Change {
  if (change.push === null) return change
  return { ...change, state: 'queued', push: { ...change.push, since: null } }
}

/** How long ago a change was written; for ever when that was in another life of the steady clock. */
function sinceSentMs({ sentAt }: Change, now: Now): number {
  const elapsedMs = sentAt === null ? -1 : now.steadyMs - sentAt.steadyMs
  return elapsedMs < 0 ? Number.POSITIVE_INFINITY : elapsedMs
}

/**
 * Whether the version a device lists shows that it has a pushed change (`D1`).
 *
 * @param storedRevision - of the bucket; the server alone counts revisions, so a device that lists a
 * later one has it from a push
 */
export function showsPush(change: Change, listed: BucketVersion, storedRevision: number): boolean {
  const { push } = change
  if (push === null) return false
  if (listed.timestamp === push.timestamp) return true
  const since = push.since ?? push
  // A later timestamp under an earlier revision is the device's own doing, not our push.
  return (
    listed.timestamp >= since.timestamp &&
    listed.revision >= since.revision &&
    isEvidence(change, listed.revision, storedRevision)
  )
}

/**
 * Whether a revision the device names may count as proof of a push. While a change is queued under a
 * version, a put has overtaken its push, and the receipt gave the device that revision without it.
 * Once it is over it no longer rides along with later pushes, so those prove nothing of it.
 */
export function isEvidence(change: Change, revision: number, storedRevision: number): boolean {
  if (change.state === 'sent') return true
  const isOwn = isOpenChange(change) || revision <= (change.push?.revision ?? 0)
  return isOwn && revision > storedRevision
}

/**
 * The bucket once the device has shown that it has these changes: their values, and their version.
 *
 * @param shownRevision - what the device shows, which may be of an earlier push of the same
 */
export function confirmInto(
  stored: Bucket | undefined,
  changes: readonly Change[],
  objectKey: string,
  shownRevision = Number.POSITIVE_INFINITY,
): Bucket {
  const bucket = withValuesOf(stored, changes, objectKey)
  const pushes = changes.flatMap(({ push }) => push ?? [])
  const revisions = pushes.map(({ revision }) => Math.min(revision, shownRevision))
  return {
    ...bucket,
    revision: Math.max(bucket.revision, ...revisions),
    timestamp: Math.max(bucket.timestamp, ...pushes.map(({ timestamp }) => timestamp)),
  }
}

/** The bucket with the values of these changes, under the version it has. */
export function withValuesOf(
  stored: Bucket | undefined,
  changes: readonly Change[],
  objectKey: string,
): Bucket {
  const before = stored ?? { objectKey, revision: 0, timestamp: 0, value: {} }
  const value = changes.reduce<JsonObject>(
    (all, change) => mergeValue(objectKey, all, newsIn(all, change)),
    before.value,
  )
  return { ...before, value }
}

/** What of a change the device did not have already, in its own words. */
function newsIn(stored: JsonObject, change: Change): JsonObject {
  const fields = freshFields(change.fields, change.push?.stampedAtMs ?? change.createdAtMs)
  if (change.kind === 'schedule') return fields
  return Object.fromEntries(
    Object.entries(fields).filter(([field, value]) => !sameMeaning(field, stored[field], value)),
  )
}

/** What to do about the tracked changes of one bucket when the device subscribes. */
export interface SubscribeDelivery {
  /** As they were before, the ones the device shows it has; to be merged into the bucket. */
  readonly reached: readonly Change[]
  /** Changes that are different now. */
  readonly changes: readonly Change[]
  /** To be written with the answer. */
  readonly due: readonly Change[]
  /** Steady clock, ms: when the rest may be tried on the held connection; undefined for never. */
  readonly retryAtSteadyMs: number | undefined
}

/**
 * Judges the tracked changes of one bucket against what the device lists (`D1`, `D3`, `D4`, `D6`).
 *
 * @param listed - undefined when the device does not list the bucket
 * @param lastSchedulePushSteadyMs - when any schedule was last written to this device
 */
export function deliverOnSubscribe(
  tracked: readonly Change[],
  listed: BucketVersion | undefined,
  stored: BucketVersion | undefined,
  lastSchedulePushSteadyMs: number | undefined,
  now: Now,
): SubscribeDelivery {
  const reached = tracked.filter(
    (change) => listed !== undefined && showsPush(change, listed, stored?.revision ?? 0),
  )
  const changes: Change[] = reached.map((change) => reachedDevice(change, now))
  const due: Change[] = []
  let retryAtSteadyMs = Number.POSITIVE_INFINITY
  for (const change of tracked) {
    if (reached.includes(change) || !isOpenChange(change)) continue
    // The server sweeps now and then, and has not yet when it comes up after a long while.
    const [overdue] = expire([change], now)
    if (overdue !== undefined) {
      changes.push(overdue)
      continue
    }
    const readyAt = earliestPush(change, lastSchedulePushSteadyMs, now)
    if (readyAt > now.steadyMs) retryAtSteadyMs = Math.min(retryAtSteadyMs, readyAt)
    else if (change.sends < MAX_SENDS) due.push(change)
    else {
      const why = `sent ${change.sends} times, the thermostat never showed that it has it`
      changes.push(ended(change, 'ignored', now, why))
    }
  }
  const knownTimestamp = Math.max(
    stored?.timestamp ?? 0,
    ...[...reached, ...due].map((change) => change.push?.timestamp ?? 0),
  )
  // It has changes of its own that it is about to put; they may settle ours.
  const deviceFirst = due.length > 0 && (listed?.timestamp ?? 0) > knownTimestamp
  if (deviceFirst) retryAtSteadyMs = Math.min(retryAtSteadyMs, now.steadyMs + DEVICE_FIRST_MS)
  // What is not written to this connection is not proven by a later push that is.
  if (deviceFirst) changes.push(...due.filter(({ push }) => push !== null).map(doubted))
  return {
    reached,
    changes,
    due: deviceFirst ? [] : due,
    retryAtSteadyMs: Number.isFinite(retryAtSteadyMs) ? retryAtSteadyMs : undefined,
  }
}

/** The earliest a change may be written, on the steady clock (`D6`); 0 for at once. */
export function earliestPush(
  change: Change,
  lastSchedulePushSteadyMs: number | undefined,
  now: Now,
): number {
  if (change.kind !== 'schedule') return 0
  if (change.sends > 0) {
    const sinceMs = sinceSentMs(change, now)
    return Number.isFinite(sinceMs) ? now.steadyMs - sinceMs + SCHEDULE_RESEND_MS : 0
  }
  return lastSchedulePushSteadyMs === undefined ? 0 : lastSchedulePushSteadyMs + SCHEDULE_GAP_MS
}

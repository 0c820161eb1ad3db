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
  isOverdue,
  markDelivered,
  type PushVersion,
  sameMeaning,
} from './change.ts'

/** How often a change is written before it counts as ignored by the device (`D3`). */
export const MAX_SENDS = 5
/** Writes closer together than this count once: overlapping subscriptions are normal (`S7`). */
const ONE_TRY_MS = 5_000
/** The least time between two schedule pushes to one device (`D6`). */
export const SCHEDULE_GAP_MS = 15_000
/** The least time before the same schedule is sent again (`D6`). */
export const SCHEDULE_RESEND_MS = 45_000
/**
 * After this time without another push a device has applied a schedule (`D6`), some seconds for its
 * wake-up included. Its next subscribe lists it.
 */
export const SCHEDULE_APPLIED_MS = 20_000
/** Time-bound fields older than this get a new time; the device rejects them after 600 s (`D5`). */
const RESTAMP_MS = 240_000
/**
 * While the server's clock lags, the device counts on from the last timestamp, by one for each change of
 * its own. A push keeps this distance, so that no other change has its timestamp (`S10`).
 */
const OWN_STEPS_MS = 1_000
/** A device that lists a newer bucket is about to put it, and that put may settle changes (S table). */
export const DEVICE_FIRST_MS = 20_000

/** The push of one bucket, and its changes with the version of this push. */
export interface PlannedPush {
  readonly object: Bucket
  readonly changes: readonly Change[]
}

/**
 * Plans the push of these open changes of one bucket (`D1`, `D5`, `S10`): their fields and nothing else,
 * under one version. A repeated push keeps its version while the device can still accept it, so that a
 * push that arrives twice is applied once.
 *
 * @param others - the other tracked changes of the bucket, whose versions must differ
 * @param known - what the push has to be newer than; `listedTimestamp` is 0 for a bucket that the device
 * does not list; `foreignRevision` is that of a bucket from another server
 * @returns undefined without changes
 */
export function planPush(
  changes: readonly Change[],
  others: readonly Change[],
  known: {
    readonly stored: BucketVersion | undefined
    readonly listedTimestamp: number
    readonly foreignRevision?: number
  },
  now: Now,
): PlannedPush | undefined {
  const objectKey = changes[0]?.objectKey
  if (objectKey === undefined) return undefined
  const floor = Math.max(known.stored?.timestamp ?? 0, known.listedTimestamp)
  const pushes = [...changes, ...others].flatMap((change) => change.push ?? [])
  const kept = reusable(changes, others, floor, now)
  const { revision, timestamp } = kept ?? {
    revision:
      Math.max(
        known.stored?.revision ?? 0,
        known.foreignRevision ?? 0,
        ...pushes.map((p) => p.revision),
      ) + 1,
    timestamp: nextTimestamp(
      now.wallMs,
      floor + OWN_STEPS_MS,
      ...pushes.map((p) => p.timestamp + OWN_STEPS_MS),
    ),
  }
  const stampedAtMs = kept?.stampedAtMs ?? now.wallMs
  const value = pushedValue(objectKey, changes, stampedAtMs)
  return {
    object: { objectKey, revision, timestamp, value },
    changes: changes.map((change) => {
      const since = change.push?.since ?? { revision, timestamp }
      return { ...change, push: { revision, timestamp, stampedAtMs, since } }
    }),
  }
}

/** What a push of these changes has in its bucket. */
export function pushedValue(
  objectKey: string,
  changes: readonly Change[],
  stampedAtMs: number,
): JsonObject {
  return changes.reduce<JsonObject>(
    (all, change) => mergeValue(objectKey, all, freshFields(change.fields, stampedAtMs)),
    {},
  )
}

/** The version of the last push of these changes, while the device can still accept it. */
function reusable(
  changes: readonly Change[],
  others: readonly Change[],
  floor: number,
  now: Now,
): PushVersion | undefined {
  const [first, ...rest] = changes.map((change) => change.push)
  if (first === null || first === undefined || first.timestamp <= floor) return undefined
  // The device would ignore fields that are added to a version that it has.
  if (rest.some((push) => push?.timestamp !== first.timestamp)) return undefined
  // A version that loses a field would still prove the delivery of that field.
  if (others.some(({ push }) => push?.timestamp === first.timestamp)) return undefined
  return Math.abs(now.wallMs - first.stampedAtMs) < RESTAMP_MS ? first : undefined
}

/**
 * A change after it was written to a connection (`D1`: queued → sent).
 *
 * @param written - the timestamp of the push that was written
 * @param storedTimestamp - of the bucket now: when a put has overtaken the push the device may drop it,
 * so the change stays queued
 */
export function sent(change: Change, written: number, storedTimestamp: number, now: Now): Change {
  const isOvertaken = change.push?.timestamp !== written || storedTimestamp >= written
  const state = isOvertaken ? change.state : 'sent'
  const sameTry = change.sends > 0 && sinceSentMs(change, now) < ONE_TRY_MS
  return sameTry ? { ...change, state } : { ...change, state, sends: change.sends + 1, sentAt: now }
}

/** Queues a pushed change again, because later versions no longer prove that its push arrived. */
export function requeueUnconfirmed(change: Change): Change {
  if (change.push === null) return change
  return { ...change, state: 'queued', push: { ...change.push, since: null } }
}

/** Ms since a change was written; infinite for an unsent one, and after a restart of the steady clock. */
function sinceSentMs({ sentAt }: Change, now: Now): number {
  const elapsedMs = sentAt === null ? -1 : now.steadyMs - sentAt.steadyMs
  return elapsedMs < 0 ? Number.POSITIVE_INFINITY : elapsedMs
}

/**
 * Whether the version that a device lists proves that it has a pushed change (`D1`).
 *
 * @param storedRevision - of the bucket; only the server counts revisions, so the device has a later one
 * from a push
 */
export function showsPush(change: Change, listed: BucketVersion, storedRevision: number): boolean {
  const { push } = change
  if (push === null) return false
  if (listed.timestamp === push.timestamp) return true
  const since = push.since ?? push
  // A later timestamp with an earlier revision comes from a change on the device, not from a push.
  return (
    listed.timestamp >= since.timestamp &&
    listed.revision >= since.revision &&
    isEvidence(change, listed.revision, storedRevision)
  )
}

/**
 * Whether a revision that the device names proves a push. A change that is queued again was overtaken by
 * a put, whose receipt gave the device that revision without the push. Later pushes do not carry a
 * change that has ended, so their revisions prove nothing about it.
 */
export function isEvidence(change: Change, revision: number, storedRevision: number): boolean {
  if (change.state === 'sent') return true
  const isOwn = isOpenChange(change) || revision <= (change.push?.revision ?? 0)
  return isOwn && revision > storedRevision
}

/**
 * The bucket after the device has shown that it has these changes: with their values and their version.
 *
 * @param shownRevision - the revision that the device shows, which may be that of an earlier push
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

/** The change as the bucket has it once the thermostat has acknowledged it (`U8`). */
export function acknowledged(change: Change): Change {
  return { ...change, fields: acknowledgedFields(change.fields) }
}

/** The fields without the request for an acknowledgment. */
export function acknowledgedFields({
  target_change_pending: _,
  ...fields
}: JsonObject): JsonObject {
  return fields
}

/** The bucket with the values of these changes; its version stays. */
export function withValuesOf(
  stored: Bucket | undefined,
  changes: readonly Change[],
  objectKey: string,
): Bucket {
  const before = stored ?? { objectKey, revision: 0, timestamp: 0, value: {} }
  const value = changes.reduce<JsonObject>(
    (all, change) => mergeValue(objectKey, all, differingFields(all, change)),
    before.value,
  )
  return { ...before, value }
}

/** The fields of a change that mean something else than the bucket: equal ones stay as the device wrote them. */
function differingFields(stored: JsonObject, change: Change): JsonObject {
  const fields = freshFields(change.fields, change.push?.stampedAtMs ?? change.createdAtMs)
  if (change.kind === 'schedule') return fields
  return Object.fromEntries(
    Object.entries(fields).filter(([field, value]) => !sameMeaning(field, stored[field], value)),
  )
}

/** What to do with the tracked changes of one bucket when the device subscribes. */
export interface SubscribeDelivery {
  /** The changes that the device shows it has, as they were before; to be merged into the bucket. */
  readonly reached: readonly Change[]
  /** The changes that differ now. */
  readonly changes: readonly Change[]
  /** The changes to push with the answer. */
  readonly due: readonly Change[]
  /** Steady clock, ms: when the others may go out on the held connection; undefined for never. */
  readonly retryAtSteadyMs: number | undefined
}

/**
 * Compares the tracked changes of one bucket with what the device lists (`D1`, `D3`, `D4`, `D6`).
 *
 * @param listed - undefined for a bucket that the device does not list
 */
export function deliverOnSubscribe(
  tracked: readonly Change[],
  listed: BucketVersion | undefined,
  stored: BucketVersion | undefined,
  pace: PushPace,
  now: Now,
): SubscribeDelivery {
  const reached = tracked.filter(
    (change) => listed !== undefined && showsPush(change, listed, stored?.revision ?? 0),
  )
  const changes: Change[] = reached.map((change) => markDelivered(change, now))
  const due: Change[] = []
  let retryAtSteadyMs = Number.POSITIVE_INFINITY
  const unshown = tracked.filter((change) => !reached.includes(change) && isOpenChange(change))
  // Housekeeping may not have expired them yet, as just after a start of the server.
  changes.push(...expire(unshown, now))
  const open = unshown.filter((change) => !isOverdue(change, now))
  // All or none: a later version without a change would count as proof of it.
  const readyAt = Math.min(...open.map((change) => earliestPush(change, pace, now)))
  for (const change of open) {
    if (readyAt > now.steadyMs) retryAtSteadyMs = readyAt
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
  // The device is about to put changes of its own, which may settle these.
  const deviceFirst = due.length > 0 && (listed?.timestamp ?? 0) > knownTimestamp
  if (deviceFirst) {
    retryAtSteadyMs = Math.min(retryAtSteadyMs, now.steadyMs + DEVICE_FIRST_MS)
    // They do not go out on this connection, so a later push on it proves nothing about them.
    changes.push(...due.filter(({ push }) => push !== null).map(requeueUnconfirmed))
  }
  return {
    reached,
    changes,
    due: deviceFirst ? [] : due,
    retryAtSteadyMs: Number.isFinite(retryAtSteadyMs) ? retryAtSteadyMs : undefined,
  }
}

/** What the time of the next push depends on, besides the change itself. */
export interface PushPace {
  /** When a schedule was last written to this device, on the steady clock. */
  readonly lastSchedulePushSteadyMs: number | undefined
  /**
   * Whether the device polls (transport v3). Its next poll follows a push at once, and may list no
   * versions (`V5`), so an unconfirmed change has to wait: five sends would be over within a second.
   */
  readonly polls: boolean
}

/** The earliest time to write a change, on the steady clock, ms (`D6`); 0 for at once. */
export function earliestPush(
  change: Change,
  { lastSchedulePushSteadyMs, polls }: PushPace,
  now: Now,
): number {
  const resendMs = change.kind === 'schedule' ? SCHEDULE_RESEND_MS : polls ? ONE_TRY_MS : 0
  if (change.sends > 0) {
    const sinceMs = sinceSentMs(change, now)
    return Number.isFinite(sinceMs) ? now.steadyMs - sinceMs + resendMs : 0
  }
  if (change.kind !== 'schedule') return 0
  return lastSchedulePushSteadyMs === undefined ? 0 : lastSchedulePushSteadyMs + SCHEDULE_GAP_MS
}

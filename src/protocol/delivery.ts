import {
  type Bucket,
  type BucketVersion,
  type JsonObject,
  mergeValue,
  nextTimestamp,
} from './bucket.ts'
import { type Change, ended, freshFields } from './change.ts'
import type { Now } from './now.ts'

/** How often a change is written before it counts as ignored by the device (`D3`). */
export const MAX_SENDS = 5
/** Writes closer together than this are one try: overlapping subscriptions are normal (`S7`). */
const ONE_TRY_MS = 5_000
/** Between two schedule pushes to one device (`D6`). */
export const SCHEDULE_GAP_MS = 15_000
/** Before the same schedule is sent again (`D6`). */
export const SCHEDULE_RESEND_MS = 45_000
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
 * @param others - further open changes of the bucket, whose versions must stay unique
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
  const given = changes.map((change) => change.push)
  const latest = given.reduce<BucketVersion | null>(
    (best, push) => (push !== null && push.timestamp > (best?.timestamp ?? 0) ? push : best),
    null,
  )
  const pushes = [...changes, ...others].flatMap((change) => change.push ?? [])
  const version: BucketVersion =
    latest !== null && !given.includes(null) && latest.timestamp > floor
      ? latest
      : {
          revision: Math.max(known.stored?.revision ?? 0, ...pushes.map((p) => p.revision)) + 1,
          timestamp: nextTimestamp(now.wallMs, floor, ...pushes.map((p) => p.timestamp)),
        }
  const value = changes.reduce<JsonObject>(
    (all, change) => mergeValue(objectKey, all, freshFields(change.fields, now.wallMs)),
    {},
  )
  return {
    object: { objectKey, ...version, value },
    changes: changes.map((change) => ({ ...change, push: version })),
  }
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
  const sameTry =
    change.sentAt !== null && now.steadyMs - change.sentAt.steadyMs < ONE_TRY_MS && change.sends > 0
  return sameTry ? { ...change, state } : { ...change, state, sends: change.sends + 1, sentAt: now }
}

/** Whether the version a device lists shows that it has a pushed change (`D1`). */
export function showsPush(change: Change, listed: BucketVersion): boolean {
  const push = change.push
  if (push === null) return false
  if (listed.timestamp === push.timestamp) return true
  // Queued with a version: a put has overtaken the push, and its receipt moved the device on.
  // A later timestamp under an earlier revision is the device's own doing, not our push.
  return (
    change.state === 'sent' && listed.timestamp > push.timestamp && listed.revision >= push.revision
  )
}

/** What the bucket holds once the device has these changes. */
export function confirmInto(
  stored: Bucket | undefined,
  changes: readonly Change[],
  objectKey: string,
): Bucket {
  return changes.reduce<Bucket>(
    (bucket, change) => ({
      objectKey,
      revision: Math.max(bucket.revision, change.push?.revision ?? 0),
      timestamp: Math.max(bucket.timestamp, change.push?.timestamp ?? 0),
      value: mergeValue(
        objectKey,
        bucket.value,
        freshFields(change.fields, change.sentAt?.wallMs ?? change.createdAtMs),
      ),
    }),
    stored ?? { objectKey, revision: 0, timestamp: 0, value: {} },
  )
}

/** What to do about the open changes of one bucket when the device subscribes. */
export interface SubscribeDelivery {
  readonly confirmed: readonly Change[]
  readonly ignored: readonly Change[]
  /** To be written with the answer. */
  readonly due: readonly Change[]
  /** Steady clock, ms: when the rest may be tried on the held connection; undefined for never. */
  readonly retryAtSteadyMs: number | undefined
}

/**
 * Judges the open changes of one bucket against what the device lists (`D1`, `D3`, `D6`).
 *
 * @param listed - undefined when the device does not list the bucket
 * @param lastSchedulePushSteadyMs - when any schedule was last written to this device
 */
export function deliverOnSubscribe(
  open: readonly Change[],
  listed: BucketVersion | undefined,
  stored: BucketVersion | undefined,
  lastSchedulePushSteadyMs: number | undefined,
  now: Now,
): SubscribeDelivery {
  const confirmed: Change[] = []
  const ignored: Change[] = []
  const due: Change[] = []
  let retryAtSteadyMs: number | undefined
  const retryAt = (steadyMs: number): void => {
    retryAtSteadyMs = Math.min(retryAtSteadyMs ?? steadyMs, steadyMs)
  }
  for (const change of open) {
    if (listed !== undefined && showsPush(change, listed)) {
      confirmed.push(ended(change, 'confirmed', now, null))
      continue
    }
    const waitUntil = earliestPush(change, lastSchedulePushSteadyMs)
    if (waitUntil > now.steadyMs) {
      retryAt(waitUntil)
    } else if (change.sends >= MAX_SENDS) {
      ignored.push(
        ended(change, 'ignored', now, `sent ${change.sends} times, the thermostat did not take it`),
      )
    } else {
      due.push(change)
    }
  }
  const knownTimestamp = Math.max(
    stored?.timestamp ?? 0,
    ...[...confirmed, ...due].map((change) => change.push?.timestamp ?? 0),
  )
  if (due.length > 0 && listed !== undefined && listed.timestamp > knownTimestamp) {
    retryAt(now.steadyMs + DEVICE_FIRST_MS)
    return { confirmed, ignored, due: [], retryAtSteadyMs }
  }
  return { confirmed, ignored, due, retryAtSteadyMs }
}

/** The earliest a change may be written, on the steady clock (`D6`); 0 for at once. */
export function earliestPush(change: Change, lastSchedulePushSteadyMs: number | undefined): number {
  if (change.kind !== 'schedule') return 0
  if (change.sentAt !== null && change.sends > 0) {
    return change.sentAt.steadyMs + SCHEDULE_RESEND_MS
  }
  return lastSchedulePushSteadyMs === undefined ? 0 : lastSchedulePushSteadyMs + SCHEDULE_GAP_MS
}

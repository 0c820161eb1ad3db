import type { Bucket } from '../bucket.ts'
import type { Draft } from '../thermostat/draft.ts'
import type { Push } from '../transport/hold.ts'
import { awaitUpload } from '../transport/missing-uploads.ts'
import type { ListedObject } from '../transport/subscribe-request.ts'
import { type Change, isOverdue, settledBy } from './change.ts'
import {
  acknowledged,
  confirmInto,
  deliverOnSubscribe,
  earliestPush,
  type PlannedPush,
  type PushPace,
  planPush,
} from './delivery.ts'

/**
 * A push that was decided earlier than this is not written where several processes write: what is on file may
 * have moved on.
 */
export const LATE_MS = 5_000

/**
 * Pushes changes to the held connections of the thermostat. A change that has to wait (`D6`) asks for a
 * retry.
 *
 * @returns whether any of them goes out now
 */
export function pushToHeld(draft: Draft, changes: readonly Change[]): boolean {
  const { held, now, memory } = draft
  if (held.count === 0) return false
  const tracked = draft.changes
  const ids = new Set(changes.map(({ id }) => id))
  const objectKeys = new Set(changes.map(({ objectKey }) => objectKey))
  // Queued changes of the same buckets go along, because the new version would count as proof of them. To
  // a poll so do sent ones: it may have followed another poll that never got them.
  const goesAlong = ({ state, objectKey }: Change): boolean =>
    objectKeys.has(objectKey) && (state === 'queued' || (held.polls && state === 'sent'))
  const asked = tracked.filter(
    (each) => !isOverdue(each, now) && (ids.has(each.id) || goesAlong(each)),
  )
  const plans = byObjectKey(asked).flatMap(([objectKey, group]) => {
    const readyAt = Math.min(...group.map((change) => earliestPush(change, paceOf(draft), now)))
    if (readyAt > now.steadyMs) {
      draft.retryAt(readyAt)
      return []
    }
    const others = tracked.filter(
      (each) => each.objectKey === objectKey && !group.some(({ id }) => id === each.id),
    )
    const known = {
      stored: draft.bucket(objectKey),
      listedTimestamp: held.listedTimestamp(objectKey),
      foreignRevision: memory.foreignRevision(objectKey),
    }
    return planPush(group, others, known, now) ?? []
  })
  // A poll takes one bucket: the versions of the others would not be those of a push (`V6`).
  return pushNow(draft, held.polls ? plans.slice(0, 1) : plans)
}

/** Pushes these plans to the held connections; false without any. */
export function pushNow(draft: Draft, plans: readonly PlannedPush[]): boolean {
  const push = composePush(draft, plans, [])
  if (push === undefined) return false
  draft.push(push)
  return true
}

/**
 * Composes these plans into one push. The versions of their changes are on file before it goes out
 * (`D2`).
 *
 * @param before - further objects for the same push, before those of the plans
 * @returns undefined when there is nothing to push
 */
export function composePush(
  draft: Draft,
  plans: readonly PlannedPush[],
  before: readonly Bucket[],
): Push | undefined {
  const changes = plans.flatMap((plan) => plan.changes)
  for (const change of changes) {
    draft.saveChange(change)
    if (change.kind === 'schedule') draft.memory.scheduleSent(draft.now)
  }
  const [first, ...rest] = mergeObjects([...before, ...plans.map(({ object }) => object)])
  if (first === undefined) return undefined
  return {
    objects: [first, ...rest],
    carries: changes.map(carriedBy),
  }
}

/** What a push says of a change that it carries. */
export function carriedBy({ id, objectKey, push, kind }: Change): Push['carries'][number] {
  return { changeId: id, objectKey, timestamp: push?.timestamp ?? 0, kind }
}

/** Writes changes as the thermostat's request has left them, and those that they settle. */
export function saveJudged(draft: Draft, changes: readonly Change[]): void {
  for (const change of changes) draft.saveChange(change)
  for (const confirmed of changes.filter(({ state }) => state === 'confirmed')) {
    for (const earlier of settledBy(confirmed, draft.changes)) draft.saveChange(earlier)
  }
}

/** Compares the tracked changes with what the thermostat lists; the plans of those to send (again). */
export function deliverChanges(
  draft: Draft,
  listedBy: ReadonlyMap<string, ListedObject>,
): PlannedPush[] {
  const { now, memory } = draft
  for (const [objectKey, { revision }] of listedBy) {
    memory.listed(objectKey, revision, draft.bucket(objectKey) !== undefined)
  }
  return byObjectKey(draft.changes).flatMap(([objectKey, tracked]) => {
    const stored = draft.bucket(objectKey)
    const listed = listedBy.get(objectKey)
    const delivery = deliverOnSubscribe(tracked, listed, stored, paceOf(draft), now)
    if (delivery.reached.length > 0) {
      // The thermostat may have acknowledged it since it sent a list that is older than its last put (`U8`).
      const isLate = (listed?.timestamp ?? 0) < (stored?.timestamp ?? 0)
      const shown = isLate ? delivery.reached.map(acknowledged) : delivery.reached
      const confirmed = confirmInto(stored, shown, objectKey, listed?.revision)
      draft.putBucket(confirmed, 'confirmed by the thermostat')
      // The rest of the bucket is still unknown.
      if (stored === undefined) awaitUpload(draft, objectKey)
    }
    saveJudged(draft, delivery.changes)
    draft.retryAt(delivery.retryAtSteadyMs)
    const known = {
      stored: draft.bucket(objectKey),
      listedTimestamp: Math.max(listed?.timestamp ?? 0, draft.held.listedTimestamp(objectKey)),
      foreignRevision: memory.foreignRevision(objectKey),
    }
    const others = tracked.filter((change) => !delivery.due.includes(change))
    return planPush(delivery.due, others, known, now) ?? []
  })
}

function paceOf({ memory, held }: Draft): PushPace {
  return { lastSchedulePushSteadyMs: memory.scheduleSentAtMs, polls: held.polls }
}

/** Changes or objects grouped by bucket, in the order in which the buckets first appear. */
function byObjectKey<T extends { readonly objectKey: string }>(items: readonly T[]) {
  return [...Map.groupBy(items, ({ objectKey }) => objectKey)]
}

/** One object per bucket: later fields and the later version win. */
function mergeObjects(objects: readonly Bucket[]): Bucket[] {
  return byObjectKey(objects).map(([objectKey, versions]) =>
    versions.reduce((earlier, later) => ({
      objectKey,
      revision: Math.max(earlier.revision, later.revision),
      timestamp: Math.max(earlier.timestamp, later.timestamp),
      value: { ...earlier.value, ...later.value },
    })),
  )
}

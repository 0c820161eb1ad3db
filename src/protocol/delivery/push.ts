import type { Bucket } from '../bucket.ts'
import type { Draft } from '../thermostat/draft.ts'
import type { Push } from '../transport/hold.ts'
import type { ListedObject } from '../transport/subscribe-request.ts'
import { pushDocument } from '../transport/wire.ts'
import { type Change, isOverdue } from './change.ts'
import {
  confirmInto,
  deliverOnSubscribe,
  earliestPush,
  type PlannedPush,
  planPush,
} from './delivery.ts'

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
  // Queued changes of the same buckets go along, because the new version would count as proof of them.
  const asked = tracked.filter(
    (each) =>
      !isOverdue(each, now) &&
      (ids.has(each.id) || (each.state === 'queued' && objectKeys.has(each.objectKey))),
  )
  const readyAt = (change: Change): number => earliestPush(change, memory.scheduleSentAtMs, now)
  const ready = asked.filter((change) => readyAt(change) <= now.steadyMs)
  for (const change of asked) if (!ready.includes(change)) draft.retryAt(readyAt(change))
  const plans = byObjectKey(ready).flatMap(([objectKey, group]) => {
    const others = tracked.filter(
      (each) => each.objectKey === objectKey && !group.some(({ id }) => id === each.id),
    )
    const known = {
      stored: draft.bucket(objectKey),
      listedTimestamp: held.listedTimestamp(objectKey),
    }
    return planPush(group, others, known, now) ?? []
  })
  if (plans.length === 0) return false
  draft.push(composePush(draft, plans, []))
  return true
}

/**
 * Composes these plans into one body. The versions of their changes are on file before it goes out
 * (`D2`).
 *
 * @param first - further objects for the same body, before those of the plans
 */
export function composePush(
  draft: Draft,
  plans: readonly PlannedPush[],
  first: readonly Bucket[],
): Push {
  const changes = plans.flatMap((plan) => plan.changes)
  for (const change of changes) {
    draft.saveChange(change)
    if (change.kind === 'schedule') draft.memory.scheduleSent(draft.now)
  }
  return {
    document: pushDocument(mergeObjects([...first, ...plans.map(({ object }) => object)])),
    carries: changes.map(({ id, push, kind }) => ({
      changeId: id,
      timestamp: push?.timestamp ?? 0,
      kind,
    })),
  }
}

/** Compares the tracked changes with what the thermostat lists; the plans of those to send (again). */
export function deliverChanges(
  draft: Draft,
  listedBy: ReadonlyMap<string, ListedObject>,
): PlannedPush[] {
  const { now } = draft
  return byObjectKey(draft.changes).flatMap(([objectKey, tracked]) => {
    const stored = draft.bucket(objectKey)
    const listed = listedBy.get(objectKey)
    const sentAtMs = draft.memory.scheduleSentAtMs
    const delivery = deliverOnSubscribe(tracked, listed, stored, sentAtMs, now)
    if (delivery.reached.length > 0) {
      const confirmed = confirmInto(stored, delivery.reached, objectKey, listed?.revision)
      draft.putBucket(confirmed, 'confirmed by the thermostat')
    }
    for (const change of delivery.changes) draft.saveChange(change)
    draft.retryAt(delivery.retryAtSteadyMs)
    const known = {
      stored: draft.bucket(objectKey),
      listedTimestamp: Math.max(listed?.timestamp ?? 0, draft.held.listedTimestamp(objectKey)),
    }
    const others = tracked.filter((change) => !delivery.due.includes(change))
    return planPush(delivery.due, others, known, now) ?? []
  })
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

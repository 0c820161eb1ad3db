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
 * Pushes changes to what is held of the thermostat, if anything is. A change that has to wait (`D6`)
 * asks for a retry.
 *
 * @returns whether any of them goes out now
 */
export function pushToHeld(draft: Draft, changes: readonly Change[]): boolean {
  const { held, now, memory } = draft
  if (held.count === 0) return false
  const tracked = draft.changes
  // What waits for the same bucket goes along: a later version would count as proof of it.
  const waiting = tracked.filter(
    (each) =>
      each.state === 'queued' && changes.some(({ objectKey }) => objectKey === each.objectKey),
  )
  const asked = tracked.filter(
    (each) =>
      !isOverdue(each, now) && (waiting.includes(each) || changes.some(({ id }) => id === each.id)),
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
  draft.push(planned(draft, plans, []))
  return true
}

/**
 * The push of these plans. The versions under which their changes go out are on file before they do
 * (`D2`).
 *
 * @param first - objects that go in the same body before them
 */
export function planned(
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

/** Judges the open changes by what the thermostat lists: confirmed, given up, or to be sent (again). */
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

/** Changes grouped by bucket, in the order in which the buckets first appear. */
function byObjectKey(changes: readonly Change[]): [string, Change[]][] {
  return [...Map.groupBy(changes, ({ objectKey }) => objectKey)]
}

/** One object per bucket: later fields and the later version win. */
function mergeObjects(objects: readonly Bucket[]): Bucket[] {
  const byKey = new Map<string, Bucket>()
  for (const object of objects) {
    const earlier = byKey.get(object.objectKey)
    byKey.set(
      object.objectKey,
      earlier === undefined
        ? object
        : {
            objectKey: object.objectKey,
            revision: Math.max(earlier.revision, object.revision),
            timestamp: Math.max(earlier.timestamp, object.timestamp),
            value: { ...earlier.value, ...object.value },
          },
    )
  }
  return [...byKey.values()]
}

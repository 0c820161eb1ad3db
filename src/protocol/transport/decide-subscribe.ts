import { composePush, deliverChanges } from '../delivery/push.ts'
import { structureKeyFor } from '../pairing/claim.ts'
import { type Contact, recordContact } from '../thermostat/contact.ts'
import type { Decision, DecisionInput } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { takeDeviceWrite, withMeantRevisions } from './device-data.ts'
import type { Push } from './hold.ts'
import { otherBuckets, pairingBuckets } from './served-buckets.ts'
import { judge, type ListedObject } from './subscribe-request.ts'

/** The answer to a subscribe. */
export interface SubscribeAnswer {
  /** Goes out at once; without one the connection is held in silence (`S3`). */
  readonly push: Push | undefined
  /** Whether a temperature or mode change goes out or is queued (`S2`). */
  readonly expectsAnswer: boolean
}

/**
 * A subscribe (section 4): takes the values that it carries, confirms the changes that the thermostat
 * shows it has, and answers with what the thermostat lacks. The subscription is registered before the
 * state is loaded, so no change is lost between comparing and holding.
 *
 * @param named - the buckets that the thermostat lists, with revisions in 16 bits
 * @param holdMs - how long a subscription is held (`S4`)
 */
export function decideSubscribe(
  input: DecisionInput,
  contact: Contact,
  named: readonly ListedObject[],
  holdMs: number,
): Decision<SubscribeAnswer> {
  const draft = new Draft(input)
  recordContact(draft, contact)
  const objects = withMeantRevisions(draft, named)
  const structureKey = learnStructureKey(draft, objects)
  for (const listed of objects) takeValue(draft, listed)

  const listedBy = listedByKey(objects)
  const plans = deliverChanges(draft, listedBy)
  const pushed = new Set(plans.map(({ object }) => object.objectKey))
  const first = [
    ...pairingBuckets(draft, structureKey, listedBy, holdMs),
    ...otherBuckets(draft, objects, { structureKey, holdMs, pushed, knowsUploadRequests: true }),
  ]
  const push = composePush(draft, plans, first)
  return draft.decision({ push, expectsAnswer: expectsAnswer(draft.openChanges) })
}

/** The listed buckets by their key. */
export function listedByKey(objects: readonly ListedObject[]): ReadonlyMap<string, ListedObject> {
  return new Map(objects.map((listed) => [listed.objectKey, listed]))
}

/** Whether a temperature or mode change is open: the thermostat should report back at once (`S2`). */
export function expectsAnswer(open: readonly { readonly kind: string }[]): boolean {
  return open.some(({ kind }) => kind === 'setpoint')
}

/** Adopts a structure that the thermostat brings along (`P10`), and returns its key. */
function learnStructureKey(draft: Draft, objects: readonly ListedObject[]): string | undefined {
  const { device } = draft
  const known = device?.structureKey ?? undefined
  const listedKeys = objects.map(({ objectKey }) => objectKey)
  const key = structureKeyFor(known, listedKeys)
  if (key === undefined || key === known || device === undefined) return known
  draft.setDevice({ ...device, structureKey: key })
  const before = known === undefined ? undefined : draft.bucket(known)
  if (before !== undefined && known !== undefined && draft.bucket(key) === undefined) {
    draft.deleteBucket(known)
    draft.putBucket({ ...before, objectKey: key }, 'the thermostat uses another structure')
  }
  return key
}

/** Takes a value inside a subscribe (the last two rows of the S table). */
function takeValue(draft: Draft, listed: ListedObject): void {
  const { objectKey, value, revision, timestamp } = listed
  if (value === undefined) return
  const verdict = judge(listed, draft.bucket(objectKey))
  if (verdict !== 'update' && verdict !== 'adopt') return
  // A listed version is also what the value builds on.
  const adopt =
    verdict === 'adopt' ? { adopt: { revision, timestamp }, baseRevision: revision } : {}
  takeDeviceWrite(draft, { objectKey, value, ...adopt }, timestamp)
}

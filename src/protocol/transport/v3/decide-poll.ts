import type { Bucket } from '../../bucket.ts'
import { composePush, deliverChanges } from '../../delivery/push.ts'
import { polledPairingBucket } from '../../pairing/polled-pairing.ts'
import { type Contact, recordContact } from '../../thermostat/contact.ts'
import type { Decision, DecisionInput } from '../../thermostat/decision.ts'
import { Draft } from '../../thermostat/draft.ts'
import { expectsAnswer, listedByKey, type SubscribeAnswer } from '../decide-subscribe.ts'
import { withMeantRevisions } from '../device-data.ts'
import { otherBuckets } from '../served-buckets.ts'
import type { ListedObject } from '../subscribe-request.ts'
import { confirmAwayByEco } from './away.ts'

/**
 * A poll of transport v3 (section 11): confirms the changes that the thermostat shows it has, and answers
 * with one bucket (`V6`): of the pairing, of an open change, or one that the thermostat lost. The others
 * wait for the next poll.
 *
 * @param named - the buckets that the thermostat lists with a timestamp, with revisions in 16 bits
 * @param holdMs - how long a poll is held (`V7`)
 */
export function decidePoll(
  input: DecisionInput,
  contact: Contact,
  named: readonly ListedObject[],
  holdMs: number,
): Decision<SubscribeAnswer> {
  const draft = new Draft(input)
  recordContact(draft, contact)
  const { device } = draft
  if (device?.polledPairing === null) draft.setDevice({ ...device, polledPairing: 'none' })
  confirmAwayByEco(draft)

  const objects = withMeantRevisions(draft, named)
  const listedBy = listedByKey(objects)
  const plans = deliverChanges(draft, listedBy)
  const pairing = polledPairingBucket(draft, listedBy)
  const [plan] = pairing === undefined ? plans : []
  const alone = pairing ?? (plan === undefined ? lostBucket(draft, objects, holdMs) : undefined)
  const push = composePush(draft, plan ? [plan] : [], alone ? [alone] : [])
  return draft.decision({ push, expectsAnswer: expectsAnswer(draft.openChanges) })
}

/** A bucket that the thermostat lost. */
function lostBucket(
  draft: Draft,
  objects: readonly ListedObject[],
  holdMs: number,
): Bucket | undefined {
  const structureKey = draft.device?.structureKey ?? undefined
  const answer = { structureKey, holdMs, pushed: new Set<string>(), knowsUploadRequests: false }
  const [first] = otherBuckets(draft, objects, answer)
  return first
}

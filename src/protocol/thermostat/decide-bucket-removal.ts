import { typeOf } from '../bucket.ts'
import { canBeUploaded } from '../transport/missing-uploads.ts'
import { uploadRequest } from '../transport/subscribe-request.ts'
import { type Decision, type DecisionInput, onlyReply } from './decision.ts'
import { Draft } from './draft.ts'

/** What became of a bucket that an operator wants deleted. */
export type BucketRemoval =
  | { readonly type: 'deleted'; readonly asksForUpload: boolean }
  /** There is none. */
  | { readonly type: 'absent' }
  /** nle itself keeps it for the pairing. */
  | { readonly type: 'needed' }

/**
 * Deletes a bucket. A thermostat that lists it on a held connection is asked at once to upload it again, by
 * another process as well (`decideFollow`); others are asked when they list it next. Replies undefined for a thermostat that is not on file.
 */
export function decideBucketRemoval(
  input: DecisionInput,
  objectKey: string,
): Decision<BucketRemoval | undefined> {
  const { device, owner, buckets } = input.state
  if (device === undefined) return onlyReply(input, undefined)
  if (!buckets.has(objectKey)) return onlyReply(input, { type: 'absent' })
  const type = typeOf(objectKey)
  const isPairing = objectKey === `user.${owner?.userId}` || objectKey === device.structureKey
  if ((owner !== undefined && isPairing) || type === 'device_alert_dialog') {
    return onlyReply(input, { type: 'needed' })
  }
  const draft = new Draft(input)
  const { held, memory, now } = draft
  draft.deleteBucket(objectKey)
  draft.note('info', 'bucket deleted', { key: objectKey })
  memory.forgetAsks(objectKey)
  // Transport v3 knows no upload requests (`V5`).
  const asksForUpload =
    canBeUploaded(objectKey) &&
    held.lists(objectKey) &&
    !held.polls &&
    memory.mayAsk(objectKey, now, true)
  if (asksForUpload) draft.push({ objects: [uploadRequest(objectKey)], carries: [] })
  return draft.decision({ type: 'deleted', asksForUpload })
}

/** Deletes buckets of unknown types that take too much room. */
export function decideMakingRoom(
  input: DecisionInput,
  objectKeys: readonly string[],
): Decision<undefined> {
  const draft = new Draft(input)
  for (const objectKey of objectKeys) draft.deleteBucket(objectKey)
  return draft.decision(undefined)
}

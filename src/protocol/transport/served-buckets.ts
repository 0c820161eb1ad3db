import { type Bucket, typeOf } from '../bucket.ts'
import { SCHEDULE_RESEND_MS } from '../delivery/delivery.ts'
import { missingPairingBuckets } from '../pairing/pairing-buckets.ts'
import type { Draft } from '../thermostat/draft.ts'
import { judge, type ListedObject, uploadRequest } from './subscribe-request.ts'
import { recoverable } from './writable-fields.ts'

/**
 * The two buckets that keep a thermostat paired, for every answer until it lists them (`P11`).
 *
 * @param holdMs - the time between two answers to a thermostat that never lists them
 */
export function pairingBuckets(
  draft: Draft,
  structureKey: string | undefined,
  listedBy: ReadonlyMap<string, ListedObject>,
  holdMs: number,
): Bucket[] {
  const missing = missingPairingBuckets(
    draft,
    structureKey,
    (objectKey) => listedBy.get(objectKey)?.timestamp,
  )
  if (missing.length === 0) {
    draft.memory.forgetAnswers(PAIRING)
    return []
  }
  return draft.memory.mayAnswer(PAIRING, draft.now, holdMs) ? missing : []
}

/** The key of the guard that both buckets share; unlike an object key it has no dot. */
const PAIRING = 'pairing'

/**
 * The other buckets of an answer: lost ones to give back, upload requests, the pairing dialog. Each counts
 * as given when it is taken from the iterator.
 */
export function* otherBuckets(
  draft: Draft,
  structureKey: string | undefined,
  objects: readonly ListedObject[],
  holdMs: number,
): Generator<Bucket> {
  const { owner } = draft
  const served = new Set(owner === undefined ? [] : [`user.${owner.userId}`, structureKey])
  for (const listed of objects) {
    const bucket = otherBucket(draft, listed, served, holdMs)
    if (bucket !== undefined) yield bucket
  }
}

function otherBucket(
  draft: Draft,
  listed: ListedObject,
  served: ReadonlySet<string | undefined>,
  holdMs: number,
): Bucket | undefined {
  const { now, memory } = draft
  const { objectKey } = listed
  const isDialog = typeOf(objectKey) === 'device_alert_dialog'
  // The thermostat has the bucket: if it loses the bucket again, it is answered at once.
  if (listed.timestamp > 0 && !isDialog) memory.forgetAnswers(objectKey)
  if (listed.value !== undefined || served.has(objectKey)) return undefined
  const stored = draft.bucket(objectKey)
  if (isDialog) {
    const lacks = stored !== undefined && listed.timestamp < stored.timestamp
    return lacks && memory.mayAnswer(objectKey, now, holdMs) ? stored : undefined
  }
  switch (judge(listed, stored)) {
    case 'recover': {
      if (stored === undefined) return undefined
      const value = recoverable(objectKey, stored.value, now.wallMs - stored.timestamp)
      if (value === undefined) return undefined
      if (typeOf(objectKey) === 'schedule' && !mayResendSchedule(draft)) return undefined
      return memory.mayAnswer(objectKey, now, holdMs) ? { ...stored, value } : undefined
    }
    case 'ask':
      return memory.mayAsk(objectKey, now) ? uploadRequest(objectKey) : undefined
    default:
      return undefined
  }
}

/** Whether a schedule may go out again: the thermostat applies one only after a quiet period (`D6`). */
function mayResendSchedule({ memory, now }: Draft): boolean {
  const sentAtMs = memory.scheduleSentAtMs
  if (sentAtMs !== undefined && now.steadyMs - sentAtMs < SCHEDULE_RESEND_MS) return false
  memory.scheduleSent(now)
  return true
}

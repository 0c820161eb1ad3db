import { advanced, type Bucket, typeOf } from '../bucket.ts'
import { SCHEDULE_RESEND_MS } from '../delivery/delivery.ts'
import { structureValue, userValue } from '../pairing/claim.ts'
import type { Draft } from '../thermostat/draft.ts'
import { judge, type ListedObject, uploadRequest } from './subscribe-request.ts'
import { recoverable } from './writable-fields.ts'

/**
 * The two buckets that keep a thermostat paired, on every answer until it lists them (`P11`).
 *
 * @param holdMs - between two answers once the thermostat does not list them
 */
export function pairingBuckets(
  draft: Draft,
  structureKey: string | undefined,
  listedBy: ReadonlyMap<string, ListedObject>,
  holdMs: number,
): Bucket[] {
  const { owner, serial, now } = draft
  if (owner === undefined || structureKey === undefined) return []
  const userKey = `user.${owner.userId}`
  const missing = [userKey, structureKey].flatMap((objectKey) => {
    const stored = draft.bucket(objectKey)
    const listed = listedBy.get(objectKey)?.timestamp
    if (stored !== undefined && listed === stored.timestamp) return []
    const pairing =
      objectKey === userKey ? userValue(owner.userId) : structureValue(stored?.value, serial)
    // A device that has a later one than we do (a restored backup) would ignore ours (`S10`).
    const behind = stored === undefined || (listed ?? 0) > stored.timestamp
    const bucket = behind
      ? advanced(stored, objectKey, { ...stored?.value, ...pairing }, now.wallMs, listed ?? 0)
      : stored
    if (behind) draft.putBucket(bucket, 'the thermostat has a later one')
    return { ...bucket, value: pairing }
  })
  if (missing.length === 0) {
    draft.memory.forgetAnswers(PAIRING)
    return []
  }
  return draft.memory.mayAnswer(PAIRING, now, holdMs) ? missing : []
}

/** Both buckets are answered together and have one guard. No object key is without a dot. */
const PAIRING = 'pairing'

/** What a thermostat that lost its memory gets back, requests for uploads, the pairing dialog. */
export function otherBuckets(
  draft: Draft,
  structureKey: string | undefined,
  objects: readonly ListedObject[],
  holdMs: number,
): Bucket[] {
  const { owner, now, memory } = draft
  const served = new Set(owner === undefined ? [] : [`user.${owner.userId}`, structureKey])
  return objects.flatMap((listed): Bucket | Bucket[] => {
    const { objectKey } = listed
    const isDialog = typeOf(objectKey) === 'device_alert_dialog'
    // It has the bucket: should it lose it again, it gets it again at once.
    if (listed.timestamp > 0 && !isDialog) memory.forgetAnswers(objectKey)
    if (listed.value !== undefined || served.has(objectKey)) return []
    const stored = draft.bucket(objectKey)
    if (isDialog) {
      const lacks = stored !== undefined && listed.timestamp < stored.timestamp
      return lacks && memory.mayAnswer(objectKey, now, holdMs) ? stored : []
    }
    switch (judge(listed, stored)) {
      case 'recover': {
        if (stored === undefined) return []
        const value = recoverable(objectKey, stored.value, now.wallMs - stored.timestamp)
        if (value === undefined) return []
        if (typeOf(objectKey) === 'schedule' && !mayResendSchedule(draft)) return []
        return memory.mayAnswer(objectKey, now, holdMs) ? { ...stored, value } : []
      }
      case 'ask':
        return memory.mayAsk(objectKey, now) ? uploadRequest(objectKey) : []
      default:
        return []
    }
  })
}

/** The thermostat applies a schedule only after a quiet period (`D6`). */
function mayResendSchedule({ memory, now }: Draft): boolean {
  const sentAtMs = memory.scheduleSentAtMs
  if (sentAtMs !== undefined && now.steadyMs - sentAtMs < SCHEDULE_RESEND_MS) return false
  memory.scheduleSent(now)
  return true
}

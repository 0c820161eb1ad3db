import { advanced, type Bucket } from '../bucket.ts'
import type { Draft } from '../thermostat/draft.ts'
import { structureValue, userValue } from './claim.ts'

/**
 * The two buckets that keep a thermostat paired, its user's first, with their pairing fields only: other
 * fields of a structure may be an old command to enter eco. One that the thermostat lists at the stored
 * timestamp is left out. Empty for a thermostat without an owner.
 *
 * @param listedTimestamp - what the thermostat lists for an object key; undefined when it lists none
 */
export function missingPairingBuckets(
  draft: Draft,
  structureKey: string | undefined,
  listedTimestamp: (objectKey: string) => number | undefined = () => undefined,
): Bucket[] {
  const { owner, serial, now } = draft
  if (owner === undefined || structureKey === undefined) return []
  const userKey = `user.${owner.userId}`
  return [userKey, structureKey].flatMap((objectKey) => {
    const stored = draft.bucket(objectKey)
    const listed = listedTimestamp(objectKey)
    if (stored !== undefined && listed === stored.timestamp) return []
    const pairing =
      objectKey === userKey ? userValue(owner.userId) : structureValue(stored?.value, serial)
    if (stored !== undefined && (listed ?? 0) <= stored.timestamp)
      return { ...stored, value: pairing }
    // A device with a later version than ours (after a restored backup) would ignore ours (`S10`).
    const value = { ...stored?.value, ...pairing }
    const bucket = advanced(stored, objectKey, value, now.wallMs, listed ?? 0)
    draft.putBucket(bucket, 'the thermostat has a later one')
    return { ...bucket, value: pairing }
  })
}

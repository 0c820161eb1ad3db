import type { Bucket, BucketVersion } from '../bucket.ts'
import type { Draft } from '../thermostat/draft.ts'
import type { DeviceRecord, PolledPairing } from '../thermostat/state.ts'
import type { Push } from '../transport/hold.ts'
import { missingPairingBuckets } from './pairing-buckets.ts'

/**
 * The record of a thermostat that gets its pairing buckets again by its next polls: after a claim and after
 * each `/entry` (`V8`). A thermostat that was never seen to poll stays as it is.
 */
export function withPairingUntold(device: DeviceRecord): DeviceRecord {
  const { polledPairing } = device
  const isUntold = polledPairing === null || polledPairing === 'none'
  return isUntold ? device : { ...device, polledPairing: 'none' }
}

/**
 * The pairing bucket that the answer to this poll pushes: first the user, which dismisses the setup screen,
 * then the structure. Undefined once both were pushed (`V8`), and for one that the thermostat lists.
 */
export function polledPairingBucket(
  draft: Draft,
  listedBy: ReadonlyMap<string, BucketVersion>,
): Bucket | undefined {
  const { device, owner } = draft
  if (device?.polledPairing === 'both') return undefined
  const missing = missingPairingBuckets(
    draft,
    device?.structureKey ?? undefined,
    (objectKey) => listedBy.get(objectKey)?.timestamp,
  )
  const told = device?.polledPairing === 'user' ? `user.${owner?.userId}` : undefined
  return missing.find(({ objectKey }) => objectKey !== told)
}

/** A push answered a poll: remembers the pairing bucket in it, if it is not there for a change (`V8`). */
export function rememberPolled(draft: Draft, { objects: [{ objectKey }], carries }: Push): void {
  const { device, owner } = draft
  if (device === undefined || owner === undefined || carries.length > 0) return
  const isUser = objectKey === `user.${owner.userId}`
  if (!isUser && objectKey !== device.structureKey) return
  const next: PolledPairing = isUser && device.polledPairing !== 'both' ? 'user' : 'both'
  if (next !== device.polledPairing) draft.setDevice({ ...device, polledPairing: next })
}

import { NleError } from '../errors.ts'
import type { Bucket } from '../protocol/bucket.ts'
import type { Store } from '../store/store.ts'

/** A thermostat has about thirty; the keys of some types are of its own choosing. */
export const MAX_BUCKETS_PER_DEVICE = 256
/** The largest bucket there is, `device`, has about 10 kB; one can grow with every put. */
export const MAX_BUCKET_BYTES = 256 * 1024

/**
 * Keeps one who calls itself a thermostat from filling the disk.
 *
 * @throws NleError `too_large`
 */
export function checkBucketLimits(store: Store, serial: string, bucket: Bucket): void {
  if (JSON.stringify(bucket.value).length > MAX_BUCKET_BYTES) {
    throw new NleError('too_large', `A bucket may not be larger than ${MAX_BUCKET_BYTES} bytes.`)
  }
  const { buckets } = store
  if (buckets.get(serial, bucket.objectKey) !== undefined) return
  if (buckets.versions(serial).length < MAX_BUCKETS_PER_DEVICE) return
  throw new NleError(
    'too_large',
    `A thermostat may not have more than ${MAX_BUCKETS_PER_DEVICE} buckets.`,
  )
}

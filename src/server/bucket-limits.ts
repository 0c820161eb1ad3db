import { NleError } from '../errors.ts'
import { MAX_UNPAIRED_BYTES } from '../protocol/newcomers.ts'
import type { Store } from '../store/store.ts'

/** A thermostat has about thirty; the keys of some types are of its own choosing. */
export const MAX_BUCKETS_PER_DEVICE = 256
/** The largest bucket there is, `device`, has about 10 kB of JSON; one can grow with every put. */
export const MAX_BUCKET_LENGTH = 256 * 1024
/** What no bucket of a thermostat reaches: for a paired one only their number counts up to here. */
const SMALL_LENGTH = 16 * 1024
/** All buckets of a thermostat together, looked at when one is new or not small. */
export const MAX_TOTAL_LENGTH = 1024 * 1024

/**
 * Keeps one who calls itself a thermostat from filling the disk. Looks at what was just written: who
 * exceeds a limit has the work undone.
 *
 * @param length - of its JSON
 * @param isNew - whether the bucket was not on file before
 * @throws NleError `too_large`
 */
export function checkBucketLimits(
  store: Store,
  serial: string,
  length: number,
  isNew: boolean,
): void {
  if (length > MAX_BUCKET_LENGTH) {
    throw new NleError('too_large', `A bucket may not be larger than ${MAX_BUCKET_LENGTH} bytes.`)
  }
  const { buckets, owners } = store
  const isPaired = owners.get(serial) !== undefined
  if (isPaired && !isNew && length <= SMALL_LENGTH) return
  const { count, bytes } = buckets.totals(serial)
  if (count > MAX_BUCKETS_PER_DEVICE) {
    throw new NleError(
      'too_large',
      `A thermostat may not have more than ${MAX_BUCKETS_PER_DEVICE} buckets.`,
    )
  }
  const most = isPaired ? MAX_TOTAL_LENGTH : MAX_UNPAIRED_BYTES
  if (bytes > most) {
    const which = isPaired ? '' : ' that was never paired'
    throw new NleError(
      'too_large',
      `The buckets of a thermostat${which} may not take more than ${most} bytes.`,
    )
  }
}

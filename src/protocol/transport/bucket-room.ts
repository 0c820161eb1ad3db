import { NleError } from '../../errors.ts'
import { isKeyedBySerial, isUnknownType } from '../bucket.ts'
import { MAX_UNPAIRED_BYTES } from '../pairing/newcomer-limits.ts'
import type { Draft } from '../thermostat/draft.ts'
import type { StoredBucket } from '../thermostat/state.ts'

/** A thermostat has about thirty buckets, but may choose keys of its own for some types. */
export const MAX_BUCKETS_PER_DEVICE = 256
/** The largest bucket, `device`, has about 10 kB of JSON; a bucket can grow with every put. */
export const MAX_BUCKET_LENGTH = 256 * 1024
/** No real bucket is longer: up to here an update of a paired thermostat needs no look at the total. */
const SMALL_LENGTH = 16 * 1024
/** All buckets of a thermostat together. */
export const MAX_TOTAL_LENGTH = 1024 * 1024

/**
 * Limits what a client that claims to be a thermostat can store. The bucket is written in the draft
 * already; a decision that throws writes nothing to the disk. Buckets of unknown types make way for every other
 * one. The bucket of a thermostat's own serial always has room: then all buckets of other keys make way, so
 * that an impostor's junk does not keep the real thermostat out.
 *
 * @param written - the length of the bucket's JSON text, and whether it is not on file yet
 * @throws NleError `too_large`
 */
export function checkRoom(
  draft: Draft,
  objectKey: string,
  { length, isNew }: { readonly length: number; readonly isNew: boolean },
): void {
  if (length > MAX_BUCKET_LENGTH) {
    throw new NleError('too_large', `A bucket may not be larger than ${MAX_BUCKET_LENGTH} bytes.`)
  }
  const isPaired = draft.owner !== undefined
  if (isPaired && !isNew && length <= SMALL_LENGTH) return
  const mostBytes = isPaired ? MAX_TOTAL_LENGTH : MAX_UNPAIRED_BYTES
  const isOver = (): 'count' | 'bytes' | undefined => {
    const buckets = draft.buckets()
    if (buckets.length > MAX_BUCKETS_PER_DEVICE) return 'count'
    return buckets.reduce((sum, bucket) => sum + bucket.length, 0) > mostBytes ? 'bytes' : undefined
  }
  if (isOver() === undefined) return
  makeRoom(draft, objectKey, isOver)
  const over = isOver()
  if (over === undefined) return
  const which = isPaired ? '' : ' that was never paired'
  throw new NleError(
    'too_large',
    over === 'count'
      ? `A thermostat may not have more than ${MAX_BUCKETS_PER_DEVICE} buckets.`
      : `The buckets of a thermostat${which} may not take more than ${mostBytes} bytes.`,
  )
}

/**
 * Deletes buckets that the thermostat can do without: unknown types first, of these the ones that no held
 * connection lists, the oldest first.
 */
function makeRoom(draft: Draft, objectKey: string, isOver: () => unknown): void {
  const { owner, device, held } = draft
  const needed = new Set([objectKey, `user.${owner?.userId}`, device?.structureKey])
  const makesWay = (key: string): boolean =>
    isUnknownType(key) || (isKeyedBySerial(objectKey) && !isKeyedBySerial(key))
  const rank = (bucket: StoredBucket): number =>
    (isUnknownType(bucket.objectKey) ? 0 : 2) + Number(held.lists(bucket.objectKey))
  const spare = draft
    .buckets()
    .filter((bucket) => makesWay(bucket.objectKey) && !needed.has(bucket.objectKey))
    .sort((a, b) => rank(a) - rank(b) || a.timestamp - b.timestamp)
  let deleted = 0
  for (const bucket of spare) {
    if (isOver() === undefined) break
    draft.deleteBucket(bucket.objectKey)
    deleted += 1
  }
  if (deleted > 0) draft.note('info', 'buckets deleted to make room', { buckets: deleted })
}

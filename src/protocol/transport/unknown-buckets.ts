/** Buckets of unknown types, which a store keeps of all thermostats together: at most this much, bytes. */
export const MAX_UNKNOWN_BYTES = 64 * 1024 * 1024
/** What is left after a deletion, so that it is not needed again with the next bucket. */
const KEPT_BYTES = MAX_UNKNOWN_BYTES * 0.75
/** What a bucket takes besides its value: its key, twice, and its row. */
const ROW_BYTES = 256

/** A bucket of an unknown type on file. */
export interface UnknownBucket {
  readonly serial: string
  readonly objectKey: string
  readonly timestamp: number
  /** Bytes of its JSON text. */
  readonly size: number
  readonly isPaired: boolean
}

/** The room that a bucket takes, bytes. */
export function roomOf({ size }: Pick<UnknownBucket, 'size'>): number {
  return size + ROW_BYTES
}

/**
 * Chooses the buckets to delete when there are more than `MAX_UNKNOWN_BYTES`: those of unpaired thermostats
 * first, so that junk of strangers costs paired ones nothing; then those that no held connection lists; of
 * these the oldest.
 *
 * @param isListed - whether its thermostat lists it on a held connection
 */
export function chooseUnknown<T extends UnknownBucket>(
  buckets: readonly T[],
  isListed: (bucket: T) => boolean,
): T[] {
  let bytes = totalRoom(buckets)
  if (bytes <= MAX_UNKNOWN_BYTES) return []
  const ranked = buckets.map((bucket) => {
    return { bucket, rank: (bucket.isPaired ? 2 : 0) + Number(isListed(bucket)) }
  })
  ranked.sort((a, b) => a.rank - b.rank || a.bucket.timestamp - b.bucket.timestamp)
  const chosen: T[] = []
  for (const { bucket } of ranked) {
    if (bytes <= KEPT_BYTES) break
    bytes -= roomOf(bucket)
    chosen.push(bucket)
  }
  return chosen
}

export function totalRoom(buckets: readonly UnknownBucket[]): number {
  return buckets.reduce((sum, bucket) => sum + roomOf(bucket), 0)
}

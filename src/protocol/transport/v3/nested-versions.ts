import { type BucketVersion, idOf, type JsonObject, typeOf } from '../../bucket.ts'

/**
 * Receipts and listings of transport v3 (`V3`, `V4`): `{"shared":{"SERIAL":{"$version","$timestamp"}}}`.
 * Without both marks the thermostat puts the bucket for ever and never subscribes.
 */
export function nestedVersions(
  buckets: readonly (BucketVersion & { readonly objectKey: string })[],
): JsonObject {
  const byType = Map.groupBy(buckets, ({ objectKey }) => typeOf(objectKey))
  return Object.fromEntries(
    [...byType].map(([type, ofType]) => [
      type,
      Object.fromEntries(
        ofType.map(({ objectKey, revision, timestamp }) => [
          idOf(objectKey),
          { $version: revision, $timestamp: timestamp },
        ]),
      ),
    ]),
  )
}

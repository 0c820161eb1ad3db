import { type BucketVersion, believable, type JsonObject } from '../protocol/bucket.ts'
import type { StoredBucket } from '../protocol/thermostat/state.ts'

/** A bucket on file. */
export interface BucketRow extends BucketVersion {
  readonly objectKey: string
  /** JSON text. */
  readonly value: string
}

/**
 * The value is parsed when it is first read: most requests read one bucket of ten.
 *
 * @param parse - reads the text that an engine has stored, and throws as that engine does
 */
export function storedBucket(
  { objectKey, value: json, ...version }: BucketRow,
  parse: (text: string) => JsonObject,
): StoredBucket {
  let text: string | undefined = json
  let value: JsonObject | undefined
  return {
    objectKey,
    ...believable(version),
    length: json.length,
    get value(): JsonObject {
      value ??= parse(text ?? '')
      text = undefined
      return value
    },
  }
}

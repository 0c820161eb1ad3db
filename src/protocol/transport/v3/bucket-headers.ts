import type { Bucket } from '../../bucket.ts'

/**
 * The headers that name the bucket of a push in transport v3, whose body is the bare value (`V6`).
 *
 * The bytes of the key go out as UTF-8: a user id may have any letter (`P10`), and node:http writes each
 * character of a header as one byte.
 */
export function bucketHeaders({
  objectKey,
  revision,
  timestamp,
}: Omit<Bucket, 'value'>): Record<string, string> {
  return {
    'X-nl-skv-key': utf8Bytes(objectKey),
    'X-nl-skv-version': String(revision),
    'X-nl-skv-timestamp': String(timestamp),
  }
}

/** The text as UTF-8, one character per byte. */
function utf8Bytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

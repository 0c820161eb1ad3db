import { isObject, type JsonObject, ownObjectKey, revisionIn } from '../bucket.ts'
import { shortName } from '../input.ts'

/** One bucket of a put. */
export interface PutObject {
  readonly objectKey: string
  readonly value: JsonObject
  /** The revision that this put builds on; undefined when the device does not say. */
  readonly baseRevision: number | undefined
  /** Write only when the stored revision is this one (`U4`). */
  readonly ifRevision: number | undefined
}

export interface PutRequest {
  readonly objects: readonly PutObject[]
  /** Keys that this thermostat may not write (`U7`); at most ten, for the log. */
  readonly refused: readonly string[]
}

export const MAX_OBJECTS = 256
const METADATA: ReadonlySet<string> = new Set([
  'object_key',
  'base_object_revision',
  'if_object_revision',
  'object_revision',
  'object_timestamp',
])

function revision(raw: unknown): number | undefined {
  return typeof raw === 'number' ? revisionIn(raw) : undefined
}

/** The fields of a bucket, without those of the envelope. */
function inlineFields(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([field]) => !METADATA.has(field)))
}

/**
 * Reads a put body in either form (`U1`): a list of objects, or fields inline under the object key.
 * Undefined for any other body.
 */
export function parsePut(body: unknown, serial: string): PutRequest | undefined {
  if (!isObject(body)) return undefined
  const objects: PutObject[] = []
  const refused: string[] = []
  const take = (key: unknown, raw: JsonObject, value: JsonObject): void => {
    const objectKey = ownObjectKey(key, serial)
    if (objectKey === undefined) {
      if (refused.length < 10) refused.push(shortName(key, 64))
      return
    }
    objects.push({
      objectKey,
      value,
      baseRevision: revision(raw.base_object_revision),
      ifRevision: revision(raw.if_object_revision),
    })
  }
  if (Array.isArray(body.objects)) {
    for (const raw of body.objects.slice(0, MAX_OBJECTS)) {
      if (!isObject(raw)) continue
      take(raw.object_key, raw, isObject(raw.value) ? raw.value : {})
    }
  }
  for (const [field, raw] of Object.entries(body).slice(0, MAX_OBJECTS)) {
    if (field === 'objects' || !field.includes('.') || !isObject(raw)) continue
    // Some builds nest the fields under `value` in this form too.
    take(field, raw, isObject(raw.value) ? raw.value : inlineFields(raw))
  }
  // `{"session":"…"}` alone is an empty put; any other body without buckets is no put.
  const isPut =
    Array.isArray(body.objects) ||
    objects.length + refused.length > 0 ||
    Object.keys(body).every((field) => field === 'session')
  return isPut ? { objects, refused } : undefined
}

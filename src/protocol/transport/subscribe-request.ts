import {
  BUCKET_TYPES,
  type Bucket,
  type BucketVersion,
  count,
  isObject,
  type JsonObject,
  ownObjectKey,
  revisionIn,
  typeOf,
} from '../bucket.ts'
import type { AnswerForm } from './hold.ts'
import { isServerOnly } from './writable-fields.ts'

/** One bucket that the device lists in a subscribe. */
export interface ListedObject extends BucketVersion {
  readonly objectKey: string
  readonly value?: JsonObject
}

export interface SubscribeRequest {
  /** How the device reads the answer (`S2`, `V6`). */
  readonly form: AnswerForm
  readonly objects: readonly ListedObject[]
}

/**
 * A thermostat lists about thirty buckets. The list is kept as long as the connection is held, so it is
 * bounded.
 */
export const MAX_OBJECTS = 128

function listedObject(
  raw: unknown,
  fallbackKey: string | undefined,
  serial: string,
): ListedObject | undefined {
  if (!isObject(raw)) return undefined
  const objectKey = ownObjectKey(raw.object_key ?? fallbackKey, serial)
  if (objectKey === undefined) return undefined
  return {
    objectKey,
    revision: revisionIn(raw.object_revision),
    timestamp: count(raw.object_timestamp),
    ...(isObject(raw.value) ? { value: raw.value } : {}),
  }
}

/**
 * Reads a subscribe body in either form (`S1`). Objects of another thermostat are left out (`U7`); of an
 * object listed twice the last counts. Undefined when the body is not an object.
 */
export function parseSubscribe(body: unknown, serial: string): SubscribeRequest | undefined {
  if (!isObject(body)) return undefined
  const listed: (readonly [raw: unknown, fallbackKey?: string])[] = []
  if (Array.isArray(body.objects)) {
    for (const raw of body.objects.slice(0, MAX_OBJECTS)) listed.push([raw])
  }
  for (const [field, raw] of Object.entries(body).slice(0, MAX_OBJECTS)) {
    if (field === 'objects') continue
    if (BUCKET_TYPES.has(field)) {
      for (const one of Array.isArray(raw) ? raw.slice(0, MAX_OBJECTS) : [raw]) {
        listed.push([one, `${field}.${serial}`])
      }
    } else if (field.includes('.')) {
      listed.push([raw, field])
    }
  }
  const byKey = new Map<string, ListedObject>()
  for (const [raw, fallbackKey] of listed.slice(0, MAX_OBJECTS)) {
    const object = listedObject(raw, fallbackKey, serial)
    if (object !== undefined) byKey.set(object.objectKey, object)
  }
  return { form: body.chunked === true ? 'chunked' : 'plain', objects: [...byKey.values()] }
}

/**
 * What the server does about one listed object (the table of section 4). `deliverOnSubscribe` decides
 * about open changes.
 *
 * - `quiet`: nothing
 * - `recover`: the device lost its memory; send back the fields that the server may write
 * - `ask`: the server has nothing; ask the device to upload
 * - `update`: take the listed value as a put, with no receipt and no echo
 * - `adopt`: take the listed value with the device's own revision and timestamp
 */
export type Verdict = 'quiet' | 'recover' | 'ask' | 'update' | 'adopt'

export function judge(listed: ListedObject, stored: BucketVersion | undefined): Verdict {
  if (listed.value !== undefined) {
    if (listed.timestamp === 0) return 'update'
    return listed.timestamp > (stored?.timestamp ?? 0) ? 'adopt' : 'quiet'
  }
  if (stored !== undefined) return listed.timestamp > 0 ? 'quiet' : 'recover'
  if (isServerOnly(listed.objectKey)) return 'quiet'
  // A structure from elsewhere is kept, and the server has nothing to learn from it (`P10`).
  return listed.timestamp > 0 && typeOf(listed.objectKey) === 'structure' ? 'quiet' : 'ask'
}

/** The object that asks a device to upload a bucket. */
export function uploadRequest(objectKey: string): Bucket {
  return { objectKey, revision: 0, timestamp: 0, value: {} }
}

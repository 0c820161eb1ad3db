import { isObject, type JsonObject, revisionIn } from '../../bucket.ts'
import { shortName } from '../../input.ts'
import { MAX_OBJECTS, type PutObject, type PutRequest } from '../put-request.ts'
import { ownKeyOf, withoutNoise } from './own-key.ts'

/**
 * Reads a put body of transport v3 (`V2`): the bucket type outside, its id inside, the fields within.
 * Undefined for a body without buckets, unless it is `{}`.
 */
export function parseNestedPut(body: unknown, serial: string): PutRequest | undefined {
  if (!isObject(body)) return undefined
  const objects: PutObject[] = []
  const refused: string[] = []
  for (const [type, byId] of Object.entries(body).slice(0, MAX_OBJECTS)) {
    if (!isObject(byId)) continue
    for (const [id, fields] of Object.entries(byId).slice(0, MAX_OBJECTS - objects.length)) {
      if (!isObject(fields)) continue
      const named = `${withoutNoise(type)}.${id}`
      const objectKey = ownKeyOf(named, serial)
      if (objectKey !== undefined) {
        objects.push({ objectKey, ...withoutMarks(fields), ifRevision: undefined })
      } else if (refused.length < 10) refused.push(shortName(named, 64))
    }
  }
  const isPut = objects.length + refused.length > 0 || Object.keys(body).length === 0
  return isPut ? { objects, refused } : undefined
}

/**
 * The fields without the marks, which are no data (`V2`). The version tells what the put builds on: an
 * acknowledgment under the version of an earlier push is none of the last one (`D1`).
 */
function withoutMarks({ $version, $timestamp: _, ...value }: JsonObject) {
  return { value, baseRevision: $version === undefined ? undefined : revisionIn($version) }
}

import { count, isObject, revisionIn } from '../../bucket.ts'
import { type ListedObject, MAX_OBJECTS, type SubscribeRequest } from '../subscribe-request.ts'
import { ownKeyOf } from './own-key.ts'

/**
 * Reads a subscribe body of transport v3 (`V5`). A key without a timestamp says nothing about what the
 * thermostat has, so it is left out, as is a key of another thermostat (`U7`). Undefined when the body is
 * not an object.
 */
export function parsePoll(body: unknown, serial: string): SubscribeRequest | undefined {
  if (!isObject(body)) return undefined
  const keys = Array.isArray(body.keys) ? body.keys : []
  const byKey = new Map<string, ListedObject>()
  for (const raw of keys.slice(0, MAX_OBJECTS)) {
    if (!isObject(raw) || typeof raw.timestamp !== 'number') continue
    const objectKey = ownKeyOf(raw.key, serial)
    if (objectKey === undefined) continue
    const revision = revisionIn(raw.version)
    byKey.set(objectKey, { objectKey, revision, timestamp: count(raw.timestamp) })
  }
  return { form: 'poll', objects: [...byKey.values()] }
}

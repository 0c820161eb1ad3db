import { advanced, type Bucket, type JsonObject, type JsonValue } from '../bucket.ts'

/** The user of a claim that names none, and the structure of a thermostat that brings none (`P10`). */
export const DEFAULT_USER_ID = 'homeassistant'
export const DEFAULT_STRUCTURE_KEY = 'structure.default'

/** Value of the bucket that dismisses the setup screen (seed 000, `P10`). */
export function userValue(userId: string): JsonObject {
  return { name: userId }
}

/** The fields of a structure bucket that pair a device: its home and that home's devices (`P10`). */
export function structureValue(stored: JsonObject | undefined, serial: string): JsonObject {
  const listed = stored?.devices
  const devices: JsonValue[] = Array.isArray(listed) ? listed : []
  return {
    name: typeof stored?.name === 'string' ? stored.name : 'Home',
    devices: devices.includes(serial) ? devices : [...devices, serial],
  }
}

/**
 * The structure key of a device (`P10`): the current one, unless the device lists others and not this
 * one.
 */
export function structureKeyFor(
  current: string | undefined,
  listedKeys: readonly string[],
): string | undefined {
  const listed = listedKeys.filter((key) => key.startsWith('structure.'))
  if (listed.length === 0 || (current !== undefined && listed.includes(current))) return current
  // Only a server gives a device `structure.default`; another key is the device's own.
  return listed.find((key) => key !== DEFAULT_STRUCTURE_KEY) ?? current ?? listed[0]
}

/** The buckets that a claim writes (`P9`), the user first: it dismisses the setup screen. */
export function claimBuckets(
  claim: { serial: string; userId: string; structureKey: string },
  stored: { user: Bucket | undefined; structure: Bucket | undefined },
  listedTimestamp: (objectKey: string) => number,
  nowMs: number,
): [user: Bucket, structure: Bucket] {
  const { serial, userId, structureKey } = claim
  const write = (objectKey: string, before: Bucket | undefined, fields: JsonObject): Bucket =>
    advanced(before, objectKey, { ...before?.value, ...fields }, nowMs, listedTimestamp(objectKey))
  return [
    write(`user.${userId}`, stored.user, userValue(userId)),
    write(structureKey, stored.structure, structureValue(stored.structure?.value, serial)),
  ]
}

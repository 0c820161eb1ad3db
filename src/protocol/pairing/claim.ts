import { advanced, type Bucket, type JsonObject, type JsonValue } from '../bucket.ts'

export const DEFAULT_USER_ID = 'homeassistant'
export const DEFAULT_STRUCTURE_KEY = 'structure.default'

/**
 * A user id becomes part of an object key and of the thermostat's state: printable ASCII without
 * blanks, 1 to 64 characters.
 */
export function isUserId(text: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(text)
}

/** Value of the bucket that dismisses the setup screen (seed 000, `P10`). */
export function userValue(userId: string): JsonObject {
  return { name: userId }
}

/** The part of a structure bucket that says where the device lives (`P10`). */
export function structureValue(stored: JsonObject | undefined, serial: string): JsonObject {
  const listed = stored?.devices
  const devices: JsonValue[] = Array.isArray(listed) ? listed : []
  return {
    name: typeof stored?.name === 'string' ? stored.name : 'Home',
    devices: devices.includes(serial) ? devices : [...devices, serial],
  }
}

/**
 * The structure key a device uses (`P10`): the one it has, unless it arrives listing another and not
 * that one.
 */
export function structureKeyFor(
  current: string | undefined,
  listedKeys: readonly string[],
): string | undefined {
  const listed = listedKeys.filter((key) => key.startsWith('structure.'))
  if (listed.length === 0 || (current !== undefined && listed.includes(current))) return current
  // A device that was never given `structure.default` by anyone has no reason to list it.
  return listed.find((key) => key !== DEFAULT_STRUCTURE_KEY) ?? current ?? listed[0]
}

/** The buckets a claim writes (`P9`), user first: it is the one that dismisses the setup screen. */
export function claimBuckets(
  claim: { serial: string; userId: string; structureKey: string },
  stored: { user: Bucket | undefined; structure: Bucket | undefined },
  listedTimestamp: (objectKey: string) => number,
  nowMs: number,
): [user: Bucket, structure: Bucket] {
  const userKey = `user.${claim.userId}`
  const write = (objectKey: string, before: Bucket | undefined, fields: JsonObject): Bucket =>
    advanced(before, objectKey, { ...before?.value, ...fields }, nowMs, listedTimestamp(objectKey))
  return [
    write(userKey, stored.user, userValue(claim.userId)),
    write(
      claim.structureKey,
      stored.structure,
      structureValue(stored.structure?.value, claim.serial),
    ),
  ]
}

/**
 * What a thermostat is told of them: who it belongs to, and nothing that its structure has on file
 * from earlier, such as an order to go into eco.
 */
export function claimObjects(
  [user, structure]: readonly [user: Bucket, structure: Bucket],
  serial: string,
): Bucket[] {
  return [user, { ...structure, value: structureValue(structure.value, serial) }]
}

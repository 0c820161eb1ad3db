import { isUserId } from './identity.ts'

/** A value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export interface JsonObject {
  [field: string]: JsonValue
}

/** How new a bucket is. Timestamps alone decide which side is newer; revisions serve conditional puts. */
export interface BucketVersion {
  /** Counts the changes of the bucket. */
  readonly revision: number
  /** Milliseconds since epoch, unique per change and never going backwards (`S10`). */
  readonly timestamp: number
}

/** One bucket of one thermostat as it is on file. */
export interface Bucket extends BucketVersion {
  readonly objectKey: string
  readonly value: JsonObject
}

/** Types whose id is always the serial of the thermostat they describe (`U7`). */
const SERIAL_KEYED: ReadonlySet<string> = new Set([
  'device',
  'shared',
  'schedule',
  'custom_schedule',
  'device_alert_dialog',
  'message',
  'link',
  'hvac_partner',
  'rcs_settings',
  'cloud_algo',
  'diagnostics',
  'tuneups',
])

/** The 28 bucket types of section 7. Unknown types are stored and served like the rest. */
export const BUCKET_TYPES: ReadonlySet<string> = new Set([
  ...SERIAL_KEYED,
  'structure',
  'user',
  'where',
  'topaz',
  'kryptonite',
  'servicegroup',
  'occupancy',
  'demand_response',
  'demand_response_event',
  'utility',
  'diamond_sensor_config',
  'diamond_sensor_event',
  'rate_plan',
  'tou',
  'demand_charge',
  'demand_charge_event',
])

/** Fields that accompany a command: they say who gave it and when, not what a person wants. */
export const COMPANION_FIELDS: ReadonlySet<string> = new Set([
  'target_change_pending',
  'touched_by',
  'manual_eco_timestamp',
])

const MAX_OBJECT_KEY_LENGTH = 128
// Printable, no blanks, no control characters: keys go into logs, topics and tables.
const OBJECT_KEY = /^([a-z][a-z0-9_]{0,47})\.([\x21-\x7e]+)$/
const USER_KEY = 'user.'

/** The bucket type of an object key: `shared` of `shared.02AA01…`. */
export function typeOf(objectKey: string): string {
  const dot = objectKey.indexOf('.')
  return dot < 0 ? objectKey : objectKey.slice(0, dot)
}

/** Whether a bucket is of none of the 28 types: a newer firmware may have such, and anybody can make them up. */
export function isUnknownType(objectKey: string): boolean {
  return !BUCKET_TYPES.has(typeOf(objectKey))
}

/** Whether the id of a bucket is always the serial of its thermostat (`U7`). */
export function isKeyedBySerial(objectKey: string): boolean {
  return SERIAL_KEYED.has(typeOf(objectKey))
}

/** The id of an object key: `default` of `structure.default`. */
export function idOf(objectKey: string): string {
  return objectKey.slice(objectKey.indexOf('.') + 1)
}

/**
 * The object key under which this thermostat may keep a bucket, or undefined when it may not
 * (`U7`): another serial's bucket, or a text that is no object key.
 */
export function ownObjectKey(objectKey: unknown, serial: string): string | undefined {
  if (typeof objectKey !== 'string') return undefined
  // The owner's id is kept as a person typed it (`P10`), and the thermostat lists it back.
  if (objectKey.startsWith(USER_KEY) && isUserId(objectKey.slice(USER_KEY.length))) return objectKey
  if (objectKey.length > MAX_OBJECT_KEY_LENGTH) return undefined
  const match = OBJECT_KEY.exec(objectKey)
  if (match === null) return undefined
  const [, type = '', id = ''] = match
  if (!SERIAL_KEYED.has(type)) return objectKey
  return id.toUpperCase() === serial ? `${type}.${serial}` : undefined
}

/**
 * No later timestamp is believed: every later change would have to be later still (`S10`), so that one
 * absurd timestamp would spoil its bucket for good. An early one, of a thermostat whose clock was never
 * set, does no harm.
 */
const LATEST_TIMESTAMP = Date.UTC(2100, 0)
/** More changes than a bucket can have. */
const MAX_REVISION = 2 ** 31 - 1
/** Thermostats keep a revision in 16 bits: 32767 is followed by -32768. */
const REVISION_SPAN = 65_536

/** A timestamp as the device sent it; 0 when it is missing or cannot be right. */
export function count(value: unknown): number {
  const isTime = typeof value === 'number' && Number.isInteger(value) && value >= 0
  return isTime && value < LATEST_TIMESTAMP ? value : 0
}

/** A revision as the device sent it, which may be negative; 0 when it is missing or cannot be right. */
export function revisionIn(value: unknown): number {
  const isWhole = typeof value === 'number' && Number.isInteger(value)
  return isWhole && Math.abs(value) <= MAX_REVISION ? value : 0
}

/**
 * The version of a bucket as it counts. One that cannot be right, which an earlier nle believed a device,
 * counts as older than all, so that the next change gives the bucket a right one. The last 16 bits of the
 * revision stay as the thermostat has them.
 */
export function believable({ revision, timestamp }: BucketVersion): BucketVersion {
  return {
    revision: Math.abs(revision) <= MAX_REVISION ? revision : revision % REVISION_SPAN,
    timestamp: count(timestamp),
  }
}

/**
 * The revision that a thermostat means by the one it names: the latest that it can have from this server
 * and that looks the same in 16 bits. A revision of another server, later than any here, stays as it is,
 * and so does 0, which stands for none.
 *
 * @param newest - the latest revision of the bucket that this server has given
 */
export function meantRevision(named: number, newest: number): number {
  if (named === 0 || named > newest) return named
  return named + Math.floor((newest - named) / REVISION_SPAN) * REVISION_SPAN
}

/**
 * The timestamp of a new change (`S10`): the wall clock, unless that lags behind what is on file or
 * what the device already has, as it does on a Raspberry Pi that booted with a wrong clock.
 */
export function nextTimestamp(nowMs: number, ...known: readonly number[]): number {
  return Math.max(Math.floor(nowMs), ...known.map((timestamp) => timestamp + 1))
}

/**
 * A bucket after a change: the next revision, the next timestamp (`U3`, `S10`).
 *
 * @param known - further timestamps that it has to be later than
 */
export function advanced(
  before: Bucket | undefined,
  objectKey: string,
  value: JsonObject,
  nowMs: number,
  ...known: readonly number[]
): Bucket {
  return {
    objectKey,
    revision: (before?.revision ?? 0) + 1,
    timestamp: nextTimestamp(nowMs, before?.timestamp ?? 0, ...known),
    value,
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two JSON values are the same, whatever the order of their fields. */
export function sameValue(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameValue(item, b[i]))
    )
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  )
}

/** The fields of `incoming` that would change `stored`. */
export function changedFields(stored: JsonObject, incoming: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(incoming).filter(
      ([field, value]) => !Object.hasOwn(stored, field) || !sameValue(stored[field], value),
    ),
  )
}

/**
 * What a bucket holds after a write (`U2`): a shallow merge, but a schedule is replaced whole,
 * because a day that was removed would otherwise live on.
 */
export function mergeValue(
  objectKey: string,
  stored: JsonObject,
  incoming: JsonObject,
): JsonObject {
  return typeOf(objectKey) === 'schedule' ? incoming : { ...stored, ...incoming }
}

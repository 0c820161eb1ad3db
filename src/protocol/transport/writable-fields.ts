import { COMPANION_FIELDS, type JsonObject, typeOf } from '../bucket.ts'
import { DEVICE_SETTINGS } from '../commands/device-settings.ts'
import { SETPOINT_LIFETIME_MS } from '../setpoint.ts'

/** Bucket types that the server may write whole. */
const SERVER_WRITES_WHOLE: ReadonlySet<string> = new Set([
  'structure',
  'user',
  'schedule',
  'device_alert_dialog',
])

/** Bucket types that only the server writes (seed 000): no thermostat can upload one. */
const SERVER_WRITES_ALONE: ReadonlySet<string> = new Set(['user', 'device_alert_dialog'])

/** The setpoints and the mode of `shared`. */
const SHARED_SETPOINTS: readonly string[] = [
  'target_temperature',
  'target_temperature_high',
  'target_temperature_low',
  'target_temperature_type',
]

const SHARED_FIELDS: ReadonlySet<string> = new Set([
  ...SHARED_SETPOINTS,
  'target_change_pending',
  'schedule_mode',
  'touched_by',
  'name',
])

/** Fields of `device` that have a command of their own. */
const DEVICE_COMMAND_FIELDS: ReadonlySet<string> = new Set([
  'eco',
  'eco_mode',
  'current_schedule_mode',
  'fan_timer_timeout',
])

/**
 * Fields that command something at one moment, by bucket type. Sent again later, they would start or end
 * something that no person asks for then. `away:false` is one of them: it ends eco without a check of its
 * time. So is `current_schedule_mode`, because most firmware derives it from `shared.schedule_mode`.
 */
const MOMENTARY: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['shared', COMPANION_FIELDS],
  ['structure', new Set([...COMPANION_FIELDS, 'manual_eco_all', 'away'])],
  [
    'device',
    new Set([
      'eco',
      'eco_mode',
      'current_schedule_mode',
      'fan_timer_timeout',
      'fan_timer_duration',
      'hot_water_boost_time_to_end',
    ]),
  ],
])

/** Whether only the server writes a bucket, so that no thermostat can be asked to upload it. */
export function isServerOnly(objectKey: string): boolean {
  return SERVER_WRITES_ALONE.has(typeOf(objectKey))
}

/** Whether the server may write a field of a bucket (section 6). */
export function isServerWritable(objectKey: string, field: string): boolean {
  const type = typeOf(objectKey)
  if (SERVER_WRITES_WHOLE.has(type)) return true
  if (type === 'shared') return SHARED_FIELDS.has(field)
  const isDeviceField = Object.hasOwn(DEVICE_SETTINGS, field) || DEVICE_COMMAND_FIELDS.has(field)
  return type === 'device' && isDeviceField
}

/** The fields of a bucket value that the server may write (section 6). */
export function serverWritable(objectKey: string, value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([field]) => isServerWritable(objectKey, field)),
  )
}

/**
 * The fields to send back to a thermostat that lost its memory: it lists timestamp 0 for a bucket that
 * the server has (section 4). Only fields that the server may write, no past commands, and no setpoint or
 * mode older than 30 minutes (`D4`). Undefined when no field is left.
 *
 * @param value - the bucket as it is on file
 * @param ageMs - time since it last changed; below 0 when the clock was set back
 */
export function recoverable(
  objectKey: string,
  value: JsonObject,
  ageMs: number,
): JsonObject | undefined {
  const type = typeOf(objectKey)
  const momentary = MOMENTARY.get(type)
  // A bucket from the future has an unknown age: the clock was set back.
  const isFresh = ageMs >= 0 && ageMs <= SETPOINT_LIFETIME_MS
  const stale = type === 'shared' && !isFresh ? SHARED_SETPOINTS : []
  const fields = Object.entries(serverWritable(objectKey, value)).filter(
    ([field]) => !momentary?.has(field) && !stale.includes(field),
  )
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

import { isObject, type JsonObject, type JsonValue, typeOf } from '../bucket.ts'
import { openChanges, type StoredBucket } from '../thermostat/state.ts'
import { ASSUMED_CAPABILITIES, HVAC_FIELDS } from './device-view.ts'
import { structureKeyOf } from './view-of.ts'
import type { ViewedState } from './viewed-state.ts'

/** No real bucket is longer, in characters; `device`, the longest, has about 10,000. */
export const MAX_SHOWN_LENGTH = 16 * 1024
/** The longest value of a field that is shown, and all such values of one bucket, in characters. */
const MAX_FIELD_LENGTH = 256
const MAX_FIELDS_LENGTH = 2048
/** A home has one bucket with the names of its rooms. */
export const MAX_WHERES = 4

/** Every field of `device`, `shared` and `structure` that a status or a list shows or judges by. */
const SHOWN_FIELDS: readonly string[] = [
  ...['label', 'name', 'where_id', 'mac_address', 'local_ip', 'current_version', 'is_online'],
  ...['current_temperature', 'target_temperature', 'target_temperature_type'],
  ...['target_temperature_high', 'target_temperature_low', 'backplate_temperature'],
  ...['current_humidity', 'target_humidity', 'target_humidity_enabled', 'temperature_scale'],
  ...['schedule_mode', 'current_schedule_mode', 'fan_timer_timeout', 'leaf', 'eco', 'eco_mode'],
  ...['away_temperature_high', 'away_temperature_high_enabled'],
  ...['away_temperature_low', 'away_temperature_low_enabled', 'away', 'manual_eco_all'],
  ...['time_to_target', 'time_to_target_training_status', 'time_to_target_training'],
  ...['safety_state', 'safety_temp_activating_hvac', 'learning_mode', 'preconditioning_enabled'],
  ...['outdoor_temperature', 'outside_temperature', 'postal_code', 'country_code'],
  ...['time_zone', 'touched_by', 'has_hot_water_control', 'hot_water_active', 'hot_water_mode'],
  ...['hot_water_boost_time_to_end'],
  ...Object.keys(ASSUMED_CAPABILITIES),
  ...Object.values(HVAC_FIELDS).map(([, field]) => field),
]

/**
 * The little of a thermostat that statuses and lists show, small enough to be kept in memory for every
 * thermostat: few fields, none of them long. Of one that is not paired, which anybody can make up, buckets
 * that are longer than any real one count as not uploaded, and the schedule is left out.
 */
export function shownState(state: ViewedState): ViewedState {
  const { serial, device, owner, password, entryKeys, buckets } = state
  const isPaired = owner !== undefined
  const keys = [`device.${serial}`, `shared.${serial}`, structureKeyOf(state)]
  const shown = new Map<string, StoredBucket>()
  for (const key of keys) {
    const bucket = buckets.get(key)
    if (bucket === undefined || !(isPaired || bucket.length <= MAX_SHOWN_LENGTH)) continue
    shown.set(key, { ...versionOf(bucket), value: shownFields(bucket.value) })
  }
  const roomId = shown.get(`device.${serial}`)?.value.where_id
  const wheres = [...buckets.values()].filter(
    ({ objectKey, length }) => typeOf(objectKey) === 'where' && length <= MAX_SHOWN_LENGTH,
  )
  for (const bucket of roomId === undefined ? [] : wheres.slice(0, MAX_WHERES)) {
    const room = roomOf(bucket.value, roomId)
    if (room === undefined) continue
    shown.set(bucket.objectKey, { ...versionOf(bucket), value: { wheres: [room] } })
  }
  const changes = openChanges(state)
  const schedule = `schedule.${serial}`
  if (isPaired && isShownWeek(schedule, state)) {
    keys.push(schedule)
    const week = buckets.get(schedule)
    if (week !== undefined) shown.set(schedule, week)
  }
  return {
    serial,
    device,
    owner,
    password,
    entryKeys,
    buckets: shown,
    changes: changes.filter(({ objectKey }) => keys.includes(objectKey)),
  }
}

/** About how much memory a shown state takes, in characters. */
export function shownCost({ buckets, changes }: ViewedState): number {
  let cost = 0
  for (const { objectKey, value, length } of buckets.values()) {
    cost += typeOf(objectKey) === 'schedule' ? length : JSON.stringify(value).length
  }
  for (const { fields } of changes) cost += JSON.stringify(fields).length
  return cost
}

/** Without the value: a getter of the store would read it. */
function versionOf({ objectKey, revision, timestamp, length }: StoredBucket) {
  return { objectKey, revision, timestamp, length }
}

function shownFields(value: JsonObject): JsonObject {
  const shown: JsonObject = {}
  let room = MAX_FIELDS_LENGTH
  for (const field of SHOWN_FIELDS) {
    if (!Object.hasOwn(value, field)) continue
    const one = value[field] as JsonValue
    const length = lengthOf(one)
    if (length > MAX_FIELD_LENGTH || length > room) continue
    room -= length
    shown[field] = one
  }
  return shown
}

function lengthOf(value: JsonValue): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 1
}

/** The room of this id in a `where` bucket, with its name alone. */
function roomOf({ wheres }: JsonObject, whereId: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(wheres) || typeof whereId !== 'string') return undefined
  const id = whereId.trim()
  const room = wheres.find(
    (one) => isObject(one) && typeof one.where_id === 'string' && one.where_id.trim() === id,
  )
  if (!isObject(room) || typeof room.name !== 'string') return undefined
  return room.name.length > MAX_FIELD_LENGTH ? undefined : { where_id: id, name: room.name }
}

/** Whether the week on file and the one on its way are short enough. */
function isShownWeek(objectKey: string, { buckets, changes }: ViewedState): boolean {
  if ((buckets.get(objectKey)?.length ?? 0) > MAX_SHOWN_LENGTH) return false
  return changes.every(
    (change) =>
      change.objectKey !== objectKey || JSON.stringify(change.fields).length <= MAX_SHOWN_LENGTH,
  )
}

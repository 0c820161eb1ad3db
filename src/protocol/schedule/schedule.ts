import { NleError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import { refuseUpsideDown, Setpoints } from '../setpoint.ts'

/**
 * The weekly schedule (section 7). People and clients write it in many ways; thermostats take only the
 * wire form: days and entries keyed by number, entries in order of time, all of one mode.
 */

export type ScheduleMode = 'HEAT' | 'COOL' | 'RANGE'

/** Day 0 is Monday. */
export const DAY_NAMES = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

const MAX_ENTRIES_PER_DAY = 96
const LAST_SECOND = 86_399
const MAX_NAME_LENGTH = 64
const DEFAULT_NAME = 'Schedule'

/** One entry as it was written, unchecked, and where. */
export interface RawEntry {
  /** 0 is Monday. */
  readonly day: number
  /** Its key or number within the day, for messages. */
  readonly key: string
  /** Where it is in the input: field names from the outside in. */
  readonly path: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
}

/** Values of the thermostat for the fields that a schedule leaves out. */
export interface ScheduleDefaults {
  readonly mode?: ScheduleMode | undefined
  /** The mode of a week without setpoints; `mode` when undefined. */
  readonly emptyMode?: ScheduleMode | undefined
  readonly name?: unknown
}

/**
 * The values that a schedule gets from its thermostat. A week gets the mode that the thermostat is in,
 * if that mode has schedules. A cleared week keeps the mode of the current schedule, so that nothing
 * else changes.
 *
 * @param now - mode, schedule mode and week as readers see them
 */
export function scheduleDefaults(now: {
  readonly mode: unknown
  readonly scheduleMode: unknown
  readonly schedule: JsonObject | undefined
}): ScheduleDefaults {
  const emptyMode = scheduleMode(now.scheduleMode) ?? scheduleMode(now.schedule?.schedule_mode)
  return { mode: scheduleMode(now.mode) ?? emptyMode, emptyMode, name: now.schedule?.name }
}

/** A schedule mode in any case; undefined for other values. */
export function scheduleMode(value: unknown): ScheduleMode | undefined {
  const mode = typeof value === 'string' ? value.trim().toUpperCase() : undefined
  return mode === 'HEAT' || mode === 'COOL' || mode === 'RANGE' ? mode : undefined
}

/**
 * Refuses a schedule.
 *
 * @param path - where in the input; kept in `details` for callers that know the lines
 */
export function refuseSchedule(reason: string, path: readonly string[]): never {
  throw new NleError('invalid', `schedule: ${reason}`, { details: { path, reason } })
}

/** Fields with their keys, or the items of a list by number: null in a list is a gap. */
export function keyed(raw: unknown): [key: string, value: JsonValue][] | undefined {
  if (isObject(raw)) return Object.entries(raw)
  if (!Array.isArray(raw)) return undefined
  return Object.entries(raw).filter(([, value]) => value !== null)
}

function entriesOfDay(raw: unknown, day: number, path: readonly string[]): RawEntry[] {
  const list = keyed(raw) ?? refuseSchedule(`${DAY_NAMES[day]} must hold entries`, path)
  return list.map(([key, fields]) => {
    if (!/^\d{1,4}$/.test(key)) {
      refuseSchedule(`${DAY_NAMES[day]}: entries are keyed "0", "1", …, not "${key}"`, [
        ...path,
        key,
      ])
    }
    if (!isObject(fields)) {
      refuseSchedule(`${DAY_NAMES[day]}, entry ${key} must be an object`, [...path, key])
    }
    return { day, key, path: [...path, key], fields }
  })
}

/** The entries of wire-form days: keyed by day number, or a list from Monday on. */
function wireEntries(days: unknown): RawEntry[] {
  const path = ['days']
  const list =
    keyed(days) ?? refuseSchedule('days must be an object keyed "0" (Monday) to "6" (Sunday)', path)
  return list.flatMap(([key, raw]) => {
    if (!/^[0-6]$/.test(key)) {
      refuseSchedule(`day "${key}" is none: days are "0" (Monday) to "6" (Sunday)`, [...path, key])
    }
    return entriesOfDay(raw, Number(key), [...path, key])
  })
}

interface Entry {
  readonly raw: RawEntry
  readonly time: number
  readonly wire: JsonObject
}

function checkedEntry(raw: RawEntry, mode: ScheduleMode, setpoints: Setpoints): Entry {
  const { fields, path } = raw
  const where = `${DAY_NAMES[raw.day]}, entry ${raw.key}`
  const refuse = (field: string, reason: string): never =>
    refuseSchedule(`${where}: ${reason}`, [...path, field])
  /** Adds day and entry to the message of a failed check. */
  const within = <T>(field: string, check: () => T): T => {
    try {
      return check()
    } catch (error) {
      if (error instanceof NleError) return refuse(field, error.message)
      throw error
    }
  }
  const { time } = fields
  if (typeof time !== 'number' || !Number.isInteger(time) || time < 0 || time > LAST_SECOND) {
    return refuse('time', `time must be whole seconds from midnight, 0 to ${LAST_SECOND}`)
  }
  if (fields.type !== undefined && scheduleMode(fields.type) !== mode) {
    refuse('type', `type must be ${mode}, like schedule_mode`)
  }
  const entryType = fields.entry_type ?? 'setpoint'
  if (entryType !== 'setpoint' && entryType !== 'continuation') {
    return refuse('entry_type', 'entry_type must be setpoint or continuation')
  }
  const setpoint = (field: string): number =>
    within(field, () => setpoints.one(field, fields[field]))
  const head = { type: mode, time, entry_type: entryType }
  if (mode !== 'RANGE') {
    if (fields.temp === undefined && fields['temp-min'] !== undefined) {
      refuse('temp-min', `temp-min and temp-max belong to RANGE; ${mode} takes temp`)
    }
    return { raw, time, wire: { ...head, temp: setpoint('temp') } }
  }
  if (fields.temp !== undefined && fields['temp-min'] === undefined) {
    refuse('temp', 'RANGE takes temp-min and temp-max, not temp')
  }
  const min = setpoint('temp-min')
  const max = setpoint('temp-max')
  const { low, high } = within('temp-max', () => {
    const lower = { field: 'temp-min', value: min }
    const upper = { field: 'temp-max', value: max }
    refuseUpsideDown(lower, upper)
    return setpoints.apart(lower, upper, 'low')
  })
  return { raw, time, wire: { ...head, 'temp-min': low, 'temp-max': high } }
}

function wireDay(entries: readonly Entry[], day: number): JsonObject {
  const ofDay = entries.filter((entry) => entry.raw.day === day).sort((a, b) => a.time - b.time)
  const beyond = ofDay[MAX_ENTRIES_PER_DAY]
  if (beyond !== undefined) {
    const { path } = beyond.raw
    refuseSchedule(
      `${DAY_NAMES[day]} has ${ofDay.length} entries, more than ${MAX_ENTRIES_PER_DAY}`,
      path.slice(0, -1),
    )
  }
  ofDay.forEach((entry, index) => {
    const before = ofDay[index - 1]
    if (before?.time !== entry.time) return
    refuseSchedule(
      `${DAY_NAMES[day]}, entry ${entry.raw.key}: the same time as entry ${before.raw.key}`,
      entry.raw.path,
    )
  })
  return Object.fromEntries(ofDay.map(({ wire }, index) => [String(index), wire]))
}

/**
 * The schedule in the wire form. A week with entries has all seven days: on an empty day the thermostat
 * keeps the last setpoint of the day before. A week without entries has no days at all, which clears
 * the schedule.
 */
export function wireSchedule(
  entries: readonly RawEntry[],
  mode: ScheduleMode,
  name: string,
  setpoints: Setpoints,
): JsonObject {
  const checked = entries.map((raw) => checkedEntry(raw, mode, setpoints))
  const days =
    checked.length === 0
      ? {}
      : Object.fromEntries(DAY_NAMES.map((_, day) => [String(day), wireDay(checked, day)]))
  return { ver: 2, name, schedule_mode: mode, days }
}

/** The name of a schedule: its own, else that of the schedule it replaces. */
export function scheduleName(given: unknown, defaults: ScheduleDefaults): string {
  if (given !== undefined && (typeof given !== 'string' || given.length > MAX_NAME_LENGTH)) {
    refuseSchedule(`name must be text of at most ${MAX_NAME_LENGTH} characters`, ['name'])
  }
  const name = [given, defaults.name].find((one) => typeof one === 'string' && one.trim() !== '')
  return typeof name === 'string' ? name : DEFAULT_NAME
}

/** The mode that a schedule names, else that of its entries, else the mode of the thermostat. */
export function modeOf(
  given: unknown,
  field: string,
  entries: readonly RawEntry[],
  defaults: ScheduleDefaults,
): ScheduleMode {
  if (given !== undefined) {
    return scheduleMode(given) ?? refuseSchedule(`${field} must be HEAT, COOL or RANGE`, [field])
  }
  const typed = entries.find(({ fields }) => fields.type !== undefined)
  const ranges = entries.some(({ fields }) => fields['temp-min'] !== undefined)
  const now = entries.length === 0 ? (defaults.emptyMode ?? defaults.mode) : defaults.mode
  return scheduleMode(typed?.fields.type) ?? (ranges ? 'RANGE' : (now ?? 'HEAT'))
}

/**
 * Turns a schedule of a client (`set_schedule`) into the wire form (section 7): times in
 * seconds from midnight, temperatures in °C and checked like those of commands. Days and entries may
 * be lists; unknown fields are dropped. `{"days":{}}` clears the schedule.
 *
 * @param defaults - mode and name when the schedule names none
 * @param setpoints - reads its temperatures; a client's may be moved
 * @throws NleError `invalid` naming day, entry and reason; `details.path` says where in the input
 */
export function parseSchedule(
  input: unknown,
  defaults: ScheduleDefaults = {},
  setpoints = new Setpoints('client'),
): JsonObject {
  if (!isObject(input)) refuseSchedule('must be an object with days', [])
  if (input.ver !== undefined && input.ver !== 2) refuseSchedule('ver must be 2', ['ver'])
  const entries = wireEntries(input.days)
  const mode = modeOf(input.schedule_mode, 'schedule_mode', entries, defaults)
  return wireSchedule(entries, mode, scheduleName(input.name, defaults), setpoints)
}

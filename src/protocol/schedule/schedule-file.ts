import { NleError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import { parseTemperature, Setpoints } from '../setpoint.ts'
import { daysNamed, daysProblem, secondsOf, timeProblem } from './days.ts'
import { parseLinedJson } from './json-lines.ts'
import {
  DAY_NAMES,
  keyed,
  modeOf,
  type RawEntry,
  refuseSchedule,
  type ScheduleDefaults,
  type ScheduleMode,
  scheduleMode,
  scheduleName,
  wireSchedule,
} from './schedule.ts'
import {
  type SetpointForm,
  setpointFields,
  setpointProblem,
  temperatureProblem,
} from './schedule-setpoint.ts'
import { isWeekText, parseWeekText } from './week-text.ts'

/**
 * The schedule as people write it in a file for `nle schedule set`: lines of text (week-text.ts), or JSON:
 *
 *     { "mode": "heat",
 *       "weekdays": { "06:30": 21, "08:00": "17C", "22:00": "62F" },
 *       "weekend":  { "08:00": 21, "23:00": 17 } }
 *
 * The wire form is a valid file too, and both forms of JSON may be mixed.
 */

/** An entry of a file; `written` is its setpoint as text, when the file does not use wire fields. */
interface FileEntry extends RawEntry {
  readonly written?: JsonValue
}

const HEAD: ReadonlySet<string> = new Set(['ver', 'name', 'mode', 'schedule_mode', 'days'])

const TEMPERATURE_NAMES: ReadonlyMap<string, string> = new Map([
  ['temp', 'temp'],
  ['temp-min', 'temp-min'],
  ['temp-max', 'temp-max'],
  ['low', 'temp-min'],
  ['high', 'temp-max'],
])

/** An entry written as an object: times and temperatures may be text. */
function entryFields(written: JsonObject, path: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(written).map(([field, value]) => {
      if (field === 'time' && typeof value === 'string') {
        return ['time', secondsOf(value) ?? refuseTime(value, [...path, field])]
      }
      const name = TEMPERATURE_NAMES.get(field)
      if (name === undefined || typeof value !== 'string') return [name ?? field, value]
      return [name, parseTemperature(value) ?? refuseTemperature(value, [...path, field])]
    }),
  )
}

function refuseTime(value: string, path: readonly string[]): never {
  return refuseSchedule(timeProblem(value), path)
}

function refuseTemperature(value: JsonValue, path: readonly string[]): never {
  return refuseSchedule(temperatureProblem(value), path)
}

function dayEntries(written: JsonValue, day: number, path: readonly string[]): FileEntry[] {
  const list = keyed(written) ?? refuseSchedule(`${DAY_NAMES[day]} must be {"06:30": 21, …}`, path)
  return list.map(([key, value]) => {
    const at = [...path, key]
    if (/^\d{1,4}$/.test(key)) {
      if (!isObject(value)) {
        refuseSchedule(`${DAY_NAMES[day]}, entry ${key} must be an object`, at)
      }
      return { day, key, path: at, fields: entryFields(value, at) }
    }
    const time = secondsOf(key) ?? refuseTime(key, at)
    const fields = isObject(value)
      ? entryFields(value, at)
      : (setpointFields(value) ?? refuseTemperature(value, at))
    const inWords = isObject(value) ? {} : { written: value }
    return { day, key, path: at, fields: { ...fields, time }, ...inWords }
  })
}

/** The entries of the week: a key that names fewer days wins over one that names more. */
function fileEntries(written: JsonObject, path: readonly string[]): FileEntry[] {
  const chosen = new Map<number, { key: string; days: number }>()
  for (const key of Object.keys(written)) {
    const days = daysNamed(key)
    if (days === undefined) {
      refuseSchedule(daysProblem(key), [...path, key])
    }
    for (const day of days) {
      const other = chosen.get(day)
      if (other?.days === days.length) {
        refuseSchedule(`${DAY_NAMES[day]} is in "${other.key}" and in "${key}"`, [...path, key])
      }
      if (other === undefined || days.length < other.days) {
        chosen.set(day, { key, days: days.length })
      }
    }
  }
  return [...chosen].flatMap(([day, { key }]) =>
    dayEntries(written[key] ?? null, day, [...path, key]),
  )
}

/** The mode that a file names, else the mode that the thermostat is in. */
function fileMode(
  file: JsonObject,
  entries: readonly FileEntry[],
  defaults: ScheduleDefaults,
): ScheduleMode {
  const { mode, schedule_mode: wireMode } = file
  if (mode === undefined) {
    const given = wireMode === 'heat-cool' ? 'RANGE' : wireMode
    const says = given !== undefined || entries.some(({ fields }) => fields.type !== undefined)
    // A range alone does not switch a thermostat that heats to heat-cool.
    if (!says && entries.length > 0 && defaults.mode !== undefined) return defaults.mode
    return modeOf(given, 'schedule_mode', entries, defaults)
  }
  return (
    (mode === 'heat-cool' ? 'RANGE' : scheduleMode(mode)) ??
    refuseSchedule('mode must be heat, cool or heat-cool', ['mode'])
  )
}

function readFile(file: JsonValue, defaults: ScheduleDefaults, form: SetpointForm): JsonObject {
  if (!isObject(file)) refuseSchedule('must be an object: {"mode": "heat", "weekdays": {…}}', [])
  if (file.ver !== undefined && file.ver !== 2) refuseSchedule('ver must be 2', ['ver'])
  const besides = Object.fromEntries(Object.entries(file).filter(([field]) => !HEAD.has(field)))
  const { days } = file
  if (days !== undefined && Object.keys(besides).length > 0) {
    const [field = ''] = Object.keys(besides)
    refuseSchedule(`"${field}" has no meaning next to "days"`, [field])
  }
  // Otherwise an empty file would clear the week, which takes `"days": {}`.
  if (days === undefined && Object.keys(besides).length === 0) {
    refuseSchedule('no day is named: write {"weekdays": {"06:30": 21}, …}', [])
  }
  // A list of days counts from Monday.
  const week = Array.isArray(days) ? Object.fromEntries(keyed(days) ?? []) : days
  if (week !== undefined && !isObject(week)) refuseSchedule('days must be an object', ['days'])
  const entries = week === undefined ? fileEntries(besides, []) : fileEntries(week, ['days'])
  const mode = fileMode(file, entries, defaults)
  for (const { written, path } of entries) {
    const problem = written === undefined ? undefined : setpointProblem(written, mode, form)
    // Days are named as in the file.
    if (problem !== undefined) refuseSchedule(`${path.slice(-2).join(' ')}: ${problem}`, path)
  }
  const name = scheduleName(file.name, defaults)
  return wireSchedule(entries, mode, name, new Setpoints('person'))
}

/**
 * Turns a schedule file into the wire form (section 7). Days are named (`monday`, `tue`, `weekdays`,
 * `weekend`, `all`, `mon-fri`, `sat,sun`; the key with fewer days wins) and hold setpoints by
 * time of day; temperatures are °C unless marked `F`. The wire form is accepted as well, and so is the
 * text that `nle schedule show` prints.
 *
 * @param defaults - mode and name when the file names none
 * @throws NleError `invalid` beginning with `line N:`
 */
export function parseScheduleFile(text: string, defaults: ScheduleDefaults = {}): JsonObject {
  const form = isWeekText(text) ? 'text' : 'json'
  const { value, lineOf } = form === 'text' ? parseWeekText(text) : parseLinedJson(text)
  try {
    return readFile(value, defaults, form)
  } catch (error) {
    if (!(error instanceof NleError)) throw error
    const { path, reason } = error.details
    if (!Array.isArray(path) || typeof reason !== 'string') throw error
    throw new NleError('invalid', `line ${lineOf(path.map(String))}: ${reason}`, { cause: error })
  }
}

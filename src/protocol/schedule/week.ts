import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import { timeText } from './days.ts'
import { DAY_NAMES, scheduleMode } from './schedule.ts'

/**
 * The week as thermostats have it on file (section 9): keys may have gaps, days and entries may be
 * lists with nulls, days may be missing. What cannot be read is left out, not refused.
 */

/** A schedule with days and entries keyed by number, whichever form it has. Entries keep all fields. */
export function keyedSchedule(schedule: JsonObject): JsonObject {
  const { days } = schedule
  if (!Array.isArray(days) && !isObject(days)) return schedule
  const keyed = Object.entries(days).flatMap(([day, entries]: [string, JsonValue]) =>
    isObject(entries) || Array.isArray(entries) ? [[day, keyedEntries(entries)] as const] : [],
  )
  return { ...schedule, days: Object.fromEntries(keyed) }
}

function keyedEntries(entries: JsonObject | JsonValue[]): JsonObject {
  return Object.fromEntries(Object.entries(entries).filter(([, entry]) => isObject(entry)))
}

/** One line of a day as people read it. */
export interface ScheduleLine {
  /** `HH:MM`, with seconds where there are some. */
  readonly time: string
  /** °C: one setpoint, or the low and the high of a range. */
  readonly temps: readonly number[]
  /** Not set by a person: it continues the last setpoint of the day before. */
  readonly continuation: boolean
}

export interface ScheduleDay {
  readonly day: (typeof DAY_NAMES)[number]
  readonly lines: readonly ScheduleLine[]
}

/** The week of a stored schedule, Monday first, for a table. */
export function scheduleOverview(schedule: JsonObject): ScheduleDay[] {
  return weekEntries(schedule).map((entries, number) => ({
    day: DAY_NAMES[number] ?? 'Monday',
    lines: entries.map(({ at, temps, continuation }) => ({
      time: timeText(at),
      temps,
      continuation,
    })),
  }))
}

/**
 * Whether two schedules set the same. A thermostat that has applied one adds `touched_…` fields and
 * `continuation` entries, numbers the entries anew and rounds temperatures.
 */
export function sameWeek(a: JsonObject, b: JsonObject): boolean {
  const modes = [a, b].map(({ schedule_mode }) => scheduleMode(schedule_mode))
  if (!modes.includes(undefined) && modes[0] !== modes[1]) return false
  const [week, other] = [setpoints(a), setpoints(b)]
  return week.length === other.length && week.every((number, i) => isNear(number, other[i]))
}

/** Day, time and temperatures of each setpoint, one after the other. */
function setpoints(schedule: JsonObject): number[] {
  return weekEntries(schedule).flatMap((entries, day) =>
    entries
      .filter(({ continuation }) => !continuation)
      .flatMap(({ at, temps }) => [day, at, temps.length, ...temps]),
  )
}

function isNear(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) < 0.005
}

export interface Entry {
  /** Seconds from midnight. */
  readonly at: number
  readonly temps: readonly number[]
  readonly continuation: boolean
}

/** The entries of each day, Monday first, in order of time. */
export function weekEntries(schedule: JsonObject): Entry[][] {
  const { days } = keyedSchedule(schedule)
  return DAY_NAMES.map((_, number) => {
    const entries = isObject(days) ? days[String(number)] : undefined
    return Object.values(isObject(entries) ? entries : {})
      .flatMap((entry) => (isObject(entry) ? readEntry(entry) : []))
      .sort((a, b) => a.at - b.at)
  })
}

/** The same, only what a person set: entries that continue the day before and unreadable ones are left out. */
export function weekSetpoints(schedule: JsonObject): Entry[][] {
  return weekEntries(schedule).map((entries) =>
    entries.filter(({ continuation, temps }) => !continuation && temps.length > 0),
  )
}

function readEntry(entry: JsonObject): Entry | [] {
  const { time, temp, entry_type } = entry
  if (typeof time !== 'number') return []
  const temps = [temp, entry['temp-min'], entry['temp-max']].filter(
    (value) => typeof value === 'number',
  )
  return { at: time, temps, continuation: entry_type === 'continuation' }
}

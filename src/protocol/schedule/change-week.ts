import type { JsonObject } from '../bucket.ts'
import { DAY_NAMES } from './schedule.ts'
import type { Entry } from './week.ts'

/** Changes of a week that people ask for in words, and what they change. */

/** The setpoints of each day, Monday first, in order of time. */
export type Week = readonly (readonly Entry[])[]

/** The week with setpoints on these days; one at the same time is replaced. */
export function withSetpoints(week: Week, days: readonly number[], added: readonly Entry[]): Week {
  const times = added.map(({ at }) => at)
  return onDays(withoutTimes(week, days, times), days, (entries) =>
    [...entries, ...added].sort((a, b) => a.at - b.at),
  )
}

/** The week without what these days set at these times, in seconds from midnight. */
export function withoutTimes(week: Week, days: readonly number[], times: readonly number[]): Week {
  return onDays(week, days, (entries) => entries.filter(({ at }) => !times.includes(at)))
}

/** The week with one day copied to others. */
export function withCopies(week: Week, from: number, days: readonly number[]): Week {
  return onDays(week, days, () => week[from] ?? [])
}

function onDays(
  week: Week,
  days: readonly number[],
  change: (entries: readonly Entry[]) => readonly Entry[],
): Week {
  return week.map((entries, day) => (days.includes(day) ? change(entries) : entries))
}

/** The days of a schedule in the wire form. The mode is that of the schedule. */
export function wireDays(week: Week): JsonObject {
  return Object.fromEntries(week.map((entries, day) => [String(day), wireEntries(entries)]))
}

function wireEntries(entries: readonly Entry[]): JsonObject {
  const fields = entries.map(({ at, temps: [low = 0, high] }) => ({
    time: at,
    ...(high === undefined ? { temp: low } : { 'temp-min': low, 'temp-max': high }),
  }))
  return Object.fromEntries(fields.map((entry, index) => [String(index), entry]))
}

/** A day that changed. */
export interface ChangedDay {
  /** 0 is Monday. */
  readonly day: number
  readonly before: readonly Entry[]
  readonly after: readonly Entry[]
}

/** The days that set something else than before. A hundredth of a degree is the finest that people write. */
export function changedDays(before: Week, after: Week): ChangedDay[] {
  return DAY_NAMES.map((_, day) => ({
    day,
    before: before[day] ?? [],
    after: after[day] ?? [],
  })).filter((one) => setpointKeys(one.before).join() !== setpointKeys(one.after).join())
}

function setpointKeys(entries: readonly Entry[]): string[] {
  return entries.map(({ at, temps }) =>
    [at, ...temps.map((temp) => Math.round(temp * 100))].join(' '),
  )
}

/** The changed days on which nothing is set any more. */
export function emptiedDays(changed: readonly ChangedDay[]): number[] {
  return changed.filter(({ after }) => after.length === 0).map(({ day }) => day)
}

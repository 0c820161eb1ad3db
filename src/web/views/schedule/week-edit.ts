import type { JsonObject } from '../../../protocol/bucket.ts'
import {
  changedDays,
  type Week,
  wireDays,
  withCopies,
  withoutTimes,
  withSetpoints,
} from '../../../protocol/schedule/change-week.ts'
import { type ScheduleMode, scheduleMode } from '../../../protocol/schedule/schedule.ts'
import { type Entry, weekSetpoints } from '../../../protocol/schedule/week.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { areApart, MAX_SETPOINT_C, MIN_GAP_C, MIN_SETPOINT_C } from '../../../protocol/setpoint.ts'
import { onGrid, toCelsius } from '../../format/temperature.ts'

/** Seconds. Setpoints of a day are at least this far apart, and are moved by it. */
export const STEP_S = 15 * 60
const LAST_S = 24 * 3600 - STEP_S
/** Thermostats accept far more; more than this is not a week that a person made by hand. */
const MAX_A_DAY = 24
/** How far heat and cool are apart, °C, when a week of one of them becomes a week of both. */
const NEW_GAP_C = 4
/** For a week that has no setpoint yet, °C. */
const FIRST: Readonly<Record<ScheduleMode, readonly number[]>> = {
  HEAT: [20],
  COOL: [25],
  RANGE: [20, 25],
}
const MAX_UNDO = 100

/** A week with its mode. */
export interface ModeWeek {
  readonly mode: ScheduleMode
  readonly week: Week
}

/** A week that a person is changing, and the way back. */
export interface WeekEdit {
  /** As the server has it. */
  readonly saved: ModeWeek
  readonly now: ModeWeek
  readonly past: readonly ModeWeek[]
  readonly future: readonly ModeWeek[]
}

/** One setpoint: its day, 0 is Monday, and its place in the day. */
export interface SetpointPlace {
  readonly day: number
  readonly index: number
}

/** Begins to change a schedule of the control API; null is a week without setpoints. */
export function beginEdit(schedule: JsonObject | null, fallback: ScheduleMode): WeekEdit {
  const week = weekSetpoints(schedule ?? {})
  const saved = { mode: scheduleMode(schedule?.schedule_mode) ?? fallback, week }
  return { saved, now: saved, past: [], future: [] }
}

/** Whether there is something to save. */
export function isChanged({ saved, now }: WeekEdit): boolean {
  return saved.mode !== now.mode || changedDays(saved.week, now.week).length > 0
}

/** The numbers of the days that differ from those on the server; all days when the mode differs. */
export function changedDayNumbers({ saved, now }: WeekEdit): number[] {
  if (saved.mode !== now.mode) return [0, 1, 2, 3, 4, 5, 6]
  return changedDays(saved.week, now.week).map(({ day }) => day)
}

/** Takes one step, which can be undone. A step that changes nothing is none. */
function step(edit: WeekEdit, next: ModeWeek): WeekEdit {
  const { now } = edit
  if (next.mode === now.mode && changedDays(now.week, next.week).length === 0) return edit
  return { ...edit, now: next, past: [...edit.past, now].slice(-MAX_UNDO), future: [] }
}

export function undo(edit: WeekEdit): WeekEdit {
  const before = edit.past.at(-1)
  if (before === undefined) return edit
  const { past, future, now } = edit
  return { ...edit, now: before, past: past.slice(0, -1), future: [now, ...future] }
}

export function redo(edit: WeekEdit): WeekEdit {
  const [after, ...future] = edit.future
  if (after === undefined) return edit
  return { ...edit, now: after, past: [...edit.past, edit.now], future }
}

/** Goes back to the week of the server; that can be undone, too. */
export function discard(edit: WeekEdit): WeekEdit {
  return step(edit, edit.saved)
}

/** Takes the week of another thermostat, or another one for the same. */
export function withWeek(edit: WeekEdit, wanted: ModeWeek): WeekEdit {
  return step(edit, wanted)
}

/** What counts at a time of the week: the last setpoint before it, of an earlier day if need be. */
export function tempsAt(week: Week, day: number, atS: number): readonly number[] | undefined {
  const today = (week[day] ?? []).findLast(({ at }) => at <= atS)
  if (today !== undefined) return today.temps
  // The same day of the week before as well.
  for (let ago = 1; ago <= 7; ago++) {
    const last = week[(day - ago + 7) % 7]?.at(-1)
    if (last !== undefined) return last.temps
  }
  return undefined
}

/** Whether a day takes one more setpoint: it has few enough, and a free quarter of an hour. */
export function hasRoom(week: Week, day: number): boolean {
  return freeTime(week[day] ?? [], 0) !== undefined
}

/**
 * Adds a setpoint. It sets what counts at that time already, for the person to change.
 *
 * @param atS - the time wanted, or the next free one; undefined for the middle of the longest stretch
 * @returns the week, and the place of the setpoint; the same week without a place when there is no room
 */
export function addSetpoint(
  edit: WeekEdit,
  day: number,
  atS: number | undefined,
): { readonly edit: WeekEdit; readonly place?: SetpointPlace } {
  const { mode, week } = edit.now
  const entries = week[day] ?? []
  const at = freeTime(entries, atS ?? middleOfLongest(entries))
  if (at === undefined) return { edit }
  const temps = tempsAt(week, day, at) ?? FIRST[mode]
  const added = withSetpoints(week, [day], [{ at, temps, continuation: false }])
  const index = (added[day] ?? []).findIndex((entry) => entry.at === at)
  return { edit: step(edit, { mode, week: added }), place: { day, index } }
}

/** The free quarter of an hour next to a time; undefined when there is none. */
function freeTime(entries: readonly Entry[], wantedS: number): number | undefined {
  if (entries.length >= MAX_A_DAY) return undefined
  const near = Math.min(LAST_S, Math.max(0, Math.round(wantedS / STEP_S) * STEP_S))
  for (let away = 0; away <= LAST_S; away += STEP_S) {
    for (const at of [near + away, near - away]) {
      if (at < 0 || at > LAST_S) continue
      if (entries.every((entry) => Math.abs(entry.at - at) >= STEP_S)) return at
    }
  }
  return undefined
}

function middleOfLongest(entries: readonly Entry[]): number {
  const times = [0, ...entries.map(({ at }) => at), 24 * 3600]
  const gaps = times.slice(1).map((end, i) => ({ from: times[i] ?? 0, end }))
  const longest = gaps.reduce((best, gap) =>
    gap.end - gap.from > best.end - best.from ? gap : best,
  )
  return (longest.from + longest.end) / 2
}

/**
 * Moves a setpoint in time and temperature. It stays between its neighbours and within what thermostats
 * take, and the bounds of a range stay apart.
 *
 * @param to - seconds from midnight, and °C
 */
export function moveSetpoint(
  edit: WeekEdit,
  { day, index }: SetpointPlace,
  to: { readonly at?: number; readonly temps?: readonly number[] },
): WeekEdit {
  const { mode, week } = edit.now
  const entries = week[day] ?? []
  const entry = entries[index]
  if (entry === undefined) return edit
  const earliest = (entries[index - 1]?.at ?? -STEP_S) + STEP_S
  const latest = (entries[index + 1]?.at ?? LAST_S + STEP_S) - STEP_S
  const wanted = to.at ?? entry.at
  // Neighbours that the thermostat itself put closer together leave no room: it keeps its time.
  const at = earliest > latest ? entry.at : Math.min(latest, Math.max(earliest, wanted))
  const temps = withinLimits(entry.temps, to.temps ?? entry.temps)
  const moved = entries.map((each, i) => (i === index ? { at, temps, continuation: false } : each))
  return step(edit, { mode, week: week.map((each, i) => (i === day ? moved : each)) })
}

/** Setpoints that a thermostat takes. Of a range the bound that was moved stops before the other one. */
function withinLimits(before: readonly number[], wanted: readonly number[]): readonly number[] {
  const inside = (degrees: number) => Math.min(MAX_SETPOINT_C, Math.max(MIN_SETPOINT_C, degrees))
  const [low = 0, high] = wanted.map(inside)
  if (high === undefined) return [low]
  if (areApart(low, high)) return [low, high]
  return low === before[0] ? [low, low + MIN_GAP_C] : [high - MIN_GAP_C, high]
}

export function removeSetpoint(edit: WeekEdit, { day, index }: SetpointPlace): WeekEdit {
  const { mode, week } = edit.now
  const entry = week[day]?.[index]
  return entry === undefined
    ? edit
    : step(edit, { mode, week: withoutTimes(week, [day], [entry.at]) })
}

export function copyDay(edit: WeekEdit, from: number, days: readonly number[]): WeekEdit {
  const { mode, week } = edit.now
  return step(edit, { mode, week: withCopies(week, from, days) })
}

/** The same week for another mode: heat becomes the lower bound of a range, and cool the upper one. */
export function inMode(edit: WeekEdit, mode: ScheduleMode): WeekEdit {
  const { now } = edit
  if (now.mode === mode) return edit
  const week = now.week.map((entries) =>
    entries.map((entry) => ({ ...entry, temps: converted(entry.temps, now.mode, mode) })),
  )
  return step(edit, { mode, week })
}

function converted(temps: readonly number[], from: ScheduleMode, to: ScheduleMode) {
  const [first = 0, last = first] = temps
  if (to === 'HEAT') return [first]
  if (to === 'COOL') return [last]
  return from === 'HEAT'
    ? [Math.min(first, MAX_SETPOINT_C - NEW_GAP_C), Math.min(first + NEW_GAP_C, MAX_SETPOINT_C)]
    : [Math.max(first - NEW_GAP_C, MIN_SETPOINT_C), Math.max(first, MIN_SETPOINT_C + NEW_GAP_C)]
}

/** A setpoint some steps of the scale warmer, °C. */
export function warmer(degrees: number, steps: number, scale: Scale): number {
  const grid = scale === 'F' ? 1 : 0.5
  return toCelsius(onGrid(degrees, scale) + steps * grid, scale)
}

/** The value of the command `set_schedule`. */
export function scheduleCommand({ now }: WeekEdit, name: unknown): JsonObject {
  const isEmpty = now.week.every((entries) => entries.length === 0)
  return {
    schedule_mode: now.mode,
    days: isEmpty ? {} : wireDays(now.week),
    ...(typeof name === 'string' ? { name } : {}),
  }
}

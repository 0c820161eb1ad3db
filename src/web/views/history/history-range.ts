import { DAY_MS, dayOf, type Slot, type Zone } from '../../../protocol/history/calendar.ts'
import { zoneOffsetS } from '../../../protocol/view/time-zone.ts'

/** How much time is in sight. */
export type ShownSpan = 'day' | 'week' | 'month' | 'year'
export const SPANS: readonly ShownSpan[] = ['day', 'week', 'month', 'year']

/** Whole days, so that each is compared with the one before of the same length. */
const DAYS: Readonly<Record<ShownSpan, number>> = { day: 1, week: 7, month: 30, year: 365 }
/** Between two points of a chart, ms. */
const STEPS_MS: Readonly<Record<ShownSpan, number>> = {
  day: 5 * 60_000,
  week: 15 * 60_000,
  // Nights and days of a month would be a zigzag.
  month: DAY_MS,
  year: DAY_MS,
}

/** The time in sight: whole local days. */
export interface Range extends Slot {
  readonly span: ShownSpan
  readonly stepMs: number
}

/** A time zone by its name; undefined for one that the browser does not know. */
export function zoneNamed(name: string): Zone | undefined {
  if (zoneOffsetS(name, 0) === undefined) return undefined
  return { name, offsetS: (atMs) => zoneOffsetS(name, atMs) ?? 0 }
}

/** As many days as the span has; the last one is that of an instant. */
export function rangeOf(span: ShownSpan, lastMs: number, zone: Zone): Range {
  const last = dayOf(lastMs, zone)
  // From noon to noon, because days have 23 to 25 hours.
  const noonMs = (last.fromMs + last.toMs) / 2
  const { fromMs } = dayOf(noonMs - (DAYS[span] - 1) * DAY_MS, zone)
  return { span, stepMs: STEPS_MS[span], fromMs, toMs: last.toMs }
}

/** An instant in the last day of the range before. */
export function earlier({ fromMs }: Range): number {
  return fromMs - 1
}

/** An instant in the last day of the range after; undefined when that is today, or later. */
export function later({ span, toMs }: Range, nowMs: number): number | undefined {
  const lastMs = toMs + (DAYS[span] - 0.5) * DAY_MS
  return nowMs < lastMs + DAY_MS / 2 ? undefined : lastMs
}

export function isInSight({ fromMs, toMs }: Range, atMs: number): boolean {
  return fromMs <= atMs && atMs < toMs
}

/** A number that changes whenever a range has to be read again: often when points are close, never for the past. */
export function freshness(range: Range, nowMs: number): number {
  return isInSight(range, nowMs) ? Math.floor(nowMs / (range.stepMs / 10)) : 0
}

/** Whether two zones show another time of day somewhere in a range. */
export function zonesDiffer({ fromMs, toMs }: Range, one: Zone, other: Zone): boolean {
  return [fromMs, toMs].some((atMs) => one.offsetS(atMs) !== other.offsetS(atMs))
}

import type { Answer } from '../../../api/endpoints.ts'
import type { Slot } from '../../../protocol/history/calendar.ts'
import type { Scale } from '../../../protocol/setpoint.ts'

export type ChartAnswer = Answer<'getHistory'>

/** A value for each point of time; null where nothing is known. */
export type Values = readonly (number | null)[]

/** The columns that charts and tables are made of. */
export const FIELDS = [
  'temperature',
  'target_temperature',
  'target_temperature_low',
  'target_temperature_high',
  'humidity',
  'eco',
  'heating',
  'cooling',
  'outdoor_temperature',
  'online',
  'lowest_temperature',
  'highest_temperature',
] as const

/** What the lines of the charts show, in the unit of the thermostat. */
export interface Lines {
  readonly inside: Values
  readonly lowest: Values
  readonly highest: Values
  readonly target: Values
  readonly low: Values
  readonly high: Values
  readonly outside: Values
  readonly humidity: Values
}

export function linesOf(answer: ChartAnswer, scale: Scale): Lines {
  const degrees = (values: Values | undefined): Values =>
    column(answer, values).map((value) =>
      value === null || scale === 'C' ? value : value * 1.8 + 32,
    )
  return {
    inside: degrees(answer.temperature),
    lowest: degrees(answer.lowest_temperature),
    highest: degrees(answer.highest_temperature),
    target: degrees(answer.target_temperature),
    low: degrees(answer.target_temperature_low),
    high: degrees(answer.target_temperature_high),
    outside: degrees(answer.outdoor_temperature),
    humidity: column(answer, answer.humidity),
  }
}

function column({ time }: ChartAnswer, values: Values | undefined): Values {
  return time.map((_, i) => values?.[i] ?? null)
}

/** Whether anything is known at all. */
export function hasValues(values: Values): boolean {
  return values.some((value) => value !== null)
}

/** The points between gaps: no line goes through them. */
export function alonePoints(values: Values): number[] {
  const isKnown = (i: number) => (values[i] ?? null) !== null
  return [...values.keys()].filter((i) => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1))
}

/** The last point of which something is known; the last one when nothing is. */
export function lastKnown({ time, online }: ChartAnswer): number {
  const last = (online ?? []).findLastIndex((each) => each !== null)
  return last === -1 ? time.length - 1 : last
}

/** The beginning of what is known; undefined when nothing is. */
export function knownFromMs({ time, online }: ChartAnswer): number | undefined {
  return time[(online ?? []).findIndex((each) => each !== null)]
}

/** A time in which something ran, and for how much of it, 0 to 1. */
export interface Stripe extends Slot {
  readonly share: number
}

/** What ran when, or eco, as stripes: points that are the same make one. */
export function stripesOf(
  { time, to }: ChartAnswer,
  values: readonly (number | boolean | null)[] | undefined,
): Stripe[] {
  const stripes: Stripe[] = []
  for (const [i, fromMs] of time.entries()) {
    const share = Math.min(1, Number(values?.[i] ?? 0))
    if (share <= 0) continue
    const toMs = time[i + 1] ?? to
    const before = stripes.at(-1)
    if (before?.toMs === fromMs && before.share === share) {
      stripes[stripes.length - 1] = { ...before, toMs }
    } else {
      stripes.push({ fromMs, toMs, share })
    }
  }
  return stripes
}

/** Lowest and highest of an axis: all values with some room, and never so little that noise looks like a storm. */
export function extentOf(
  columns: readonly Values[],
  { room, least }: { readonly room: number; readonly least: number },
): readonly [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of columns.flat()) {
    if (value === null) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, least]
  const missing = Math.max(0, least - (high - low) - 2 * room) / 2
  return [low - room - missing, high + room + missing]
}

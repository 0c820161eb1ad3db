import type { Week } from '../../../protocol/schedule/change-week.ts'
import { tempsAt } from './week-edit.ts'

export const DAY_S = 24 * 3600

/** A stretch of a day in which one setpoint counts. */
export interface Segment {
  /** Seconds from midnight. */
  readonly from: number
  readonly to: number
  /** °C; none while nothing is set in the whole week. */
  readonly temps: readonly number[]
  /** The place of its setpoint in the day; undefined when the setpoint of a day before goes on. */
  readonly index: number | undefined
}

/** A day as stretches without gaps, from midnight to midnight. */
export function segmentsOf(week: Week, day: number): Segment[] {
  const entries = week[day] ?? []
  const own = entries.map(({ at, temps }, index) => ({
    from: at,
    to: entries[index + 1]?.at ?? DAY_S,
    temps,
    index,
  }))
  const first = entries[0]?.at ?? DAY_S
  if (first === 0) return own
  const before = tempsAt(week, day, -1) ?? []
  return [{ from: 0, to: first, temps: before, index: undefined }, ...own]
}

/** Where the colours of the week change, °C: blue below, sand between, orange from here. */
const COLD_C = 16
const WARM_C = 22

/**
 * The colour of a temperature: how far it is from sand, in percent, towards blue (negative) or orange.
 * Sand is in the middle between cold and warm.
 */
export function warmth(degrees: number): number {
  const middle = (COLD_C + WARM_C) / 2
  const share = (degrees - middle) / (WARM_C - middle)
  return Math.round(Math.min(1, Math.max(-1, share)) * 100)
}

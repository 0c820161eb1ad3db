import type { JsonObject } from '../bucket.ts'
import { weekSetpoints } from './week.ts'

const DAY_S = 86_400
const DAYS = 7

/** A setpoint of the week that comes next. */
export interface NextSetpoint {
  /** Local wall clock of the thermostat, ms as if that were UTC. */
  readonly localMs: number
  /** °C: one setpoint, or the low and the high of a range. */
  readonly temps: readonly number[]
}

/**
 * The setpoint that a schedule sets next; undefined for an empty week. An entry that only continues the
 * last one of the day before changes nothing.
 *
 * @param localMs - the thermostat's time of day now, ms as if it were UTC
 */
export function nextSetpoint(schedule: JsonObject, localMs: number): NextSetpoint | undefined {
  const week = weekSetpoints(schedule)
  const nowS = Math.floor(localMs / 1000)
  const midnightS = nowS - (nowS % DAY_S)
  // In JavaScript, day 0 is Sunday.
  const today = (new Date(localMs).getUTCDay() + 6) % DAYS
  // The same day a week later as well: its only entry may be over today.
  for (let ahead = 0; ahead <= DAYS; ahead++) {
    const dayS = midnightS + ahead * DAY_S
    const next = week[(today + ahead) % DAYS]?.find(({ at }) => dayS + at > nowS)
    if (next !== undefined) return { localMs: (dayS + next.at) * 1000, temps: next.temps }
  }
  return undefined
}

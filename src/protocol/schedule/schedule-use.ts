import type { JsonObject } from '../bucket.ts'
import { isEcoStatus } from '../view/eco-state.ts'
import { type ScheduleMode, scheduleMode } from './schedule.ts'

/**
 * Whether a thermostat follows a schedule now, and why it does not: it is off, in eco, or in another mode
 * that has schedules of its own.
 */
export type ScheduleUse = 'followed' | 'off' | 'eco' | 'other mode'

/**
 * @param mode - of the schedule
 * @param status - of the thermostat, as the control API gives it
 * @returns undefined when the mode of the thermostat is not known
 */
export function scheduleUse(mode: ScheduleMode, status: JsonObject): ScheduleUse | undefined {
  if (typeof status.mode !== 'string') return undefined
  if (status.mode === 'off') return 'off'
  if (isEcoStatus(status)) return 'eco'
  const now = scheduleMode(status.mode)
  return now === undefined || now === mode ? 'followed' : 'other mode'
}

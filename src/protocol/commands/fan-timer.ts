import type { JsonObject } from '../bucket.ts'

/** The longest time a fan may be told to run, s. */
export const MAX_FAN_S = 86_400
const DEFAULT_FAN_MINUTES = 60

/** How long `on` lasts, minutes: as the `device` bucket says, else an hour. */
export function fanOnMinutes({ fan_timer_duration_minutes: minutes }: JsonObject): number {
  const isSet = typeof minutes === 'number' && Number.isFinite(minutes) && minutes >= 1
  return Math.min(MAX_FAN_S / 60, isSet ? minutes : DEFAULT_FAN_MINUTES)
}

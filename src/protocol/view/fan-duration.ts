import type { JsonObject } from '../bucket.ts'

/** The longest time a fan may be told to run, s. */
export const MAX_FAN_S = 12 * 3600
const DEFAULT_FAN_S = 3600

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}

/**
 * How long the fan's timer lasts when it is switched on, s: as the thermostat reports it, in seconds or in
 * minutes, else an hour.
 */
export function fanDurationS({
  fan_timer_duration: seconds,
  fan_timer_duration_minutes: minutes,
}: JsonObject): number {
  const reportedS = positive(seconds) ?? (positive(minutes) ?? 0) * 60
  return reportedS < 1 ? DEFAULT_FAN_S : Math.min(MAX_FAN_S, Math.round(reportedS))
}

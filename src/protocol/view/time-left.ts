/** Instants in Unix seconds are larger than this; numbers of seconds left are smaller. */
const LEAST_UNIX_S = 1_000_000_000

/** Whether a number is an instant in Unix seconds, and not a number of seconds. */
export function isInstantS(value: unknown): value is number {
  return typeof value === 'number' && value >= LEAST_UNIX_S
}

/** Time left until an instant in Unix seconds, ms; 0 when it is past, or is not a number. */
export function leftMs(untilS: unknown, nowMs: number): number {
  return typeof untilS === 'number' && Number.isFinite(untilS)
    ? Math.max(0, untilS * 1000 - nowMs)
    : 0
}

/**
 * Time until the setpoint is reached, ms; undefined when the thermostat does not say.
 *
 * @param timeToTarget - as thermostats report it: an instant, or the seconds left
 */
export function timeToTargetMs(timeToTarget: unknown, nowMs: number): number | undefined {
  if (typeof timeToTarget !== 'number' || !Number.isFinite(timeToTarget)) return undefined
  return isInstantS(timeToTarget) ? leftMs(timeToTarget, nowMs) : Math.max(0, timeToTarget * 1000)
}

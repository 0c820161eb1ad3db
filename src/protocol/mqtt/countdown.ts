import type { DeviceView } from '../view/device-view.ts'
import { upcomingSetpoint } from '../view/upcoming-setpoint.ts'

const MINUTE_MS = 60_000
/** Instants in Unix seconds are larger than this; numbers of seconds left are smaller. */
const LEAST_UNIX_S = 1_000_000_000

/** Time left until an instant in Unix seconds, ms; 0 when it is past, or is not a number. */
export function leftMs(untilS: unknown, nowMs: number): number {
  return typeof untilS === 'number' && Number.isFinite(untilS)
    ? Math.max(0, untilS * 1000 - nowMs)
    : 0
}

/** Time until the setpoint is reached, ms. Thermostats report an instant, or the seconds left. */
export function timeToTargetMs({ device, nowMs }: DeviceView): number | undefined {
  const value = device.time_to_target
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return value >= LEAST_UNIX_S ? leftMs(value, nowMs) : Math.max(0, value * 1000)
}

/** Minutes, rounded up: 0 only when no time is left. */
export function minutes(ms: number): number {
  return Math.ceil(ms / MINUTE_MS)
}

/**
 * How long until a running timer of the thermostat, its schedule, or the age of the weather changes a
 * published value, ms; undefined while nothing does.
 */
export function nextChangeMs(view: DeviceView): number | undefined {
  const { device, nowMs } = view
  const instants = [
    device.fan_timer_timeout,
    device.hot_water_boost_time_to_end,
    typeof device.time_to_target === 'number' && device.time_to_target >= LEAST_UNIX_S
      ? device.time_to_target
      : 0,
  ]
  const steps = instants
    .map((untilS) => leftMs(untilS, nowMs))
    .filter((left) => left > 0)
    .map((left) => left % MINUTE_MS || MINUTE_MS)
  if (view.outdoor !== undefined) steps.push(view.outdoor.staleInMs)
  const next = upcomingSetpoint(view)
  if (next !== undefined) steps.push(Date.parse(next.at) - nowMs)
  return steps.length === 0 ? undefined : Math.min(...steps)
}

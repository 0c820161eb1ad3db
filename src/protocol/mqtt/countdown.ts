import type { DeviceView } from '../view/device-view.ts'
import { isInstantS, leftMs } from '../view/time-left.ts'
import { upcomingSetpoint } from '../view/upcoming-setpoint.ts'

const MINUTE_MS = 60_000

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
    isInstantS(device.time_to_target) ? device.time_to_target : 0,
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

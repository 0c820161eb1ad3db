import { nextSetpoint } from '../schedule/next-setpoint.ts'
import { DAY_NAMES, scheduleMode } from '../schedule/schedule.ts'
import type { DeviceView } from './device-view.ts'
import { isEco } from './eco-state.ts'
import { reportedMode } from './own-forms.ts'
import { thermostatOffset } from './time-zone.ts'

/** What the schedule sets next: one temperature or both bounds of a range, °C. */
type Upcoming = {
  /** ISO 8601 */
  readonly at: string
} & ({ readonly temperature: number } | { readonly low: number; readonly high: number })

/**
 * The status field `next_setpoint`: what the schedule sets next, and when. Undefined when no schedule counts
 * (off, in eco, or in another mode than the schedule's), or when no server runs.
 */
export function upcomingSetpoint(view: DeviceView): Upcoming | undefined {
  const { schedule, nowMs, localOffsetS } = view
  const mode = reportedMode(view)
  if (schedule === undefined || localOffsetS === undefined) return undefined
  if (mode === undefined || mode === 'off' || isEco(view)) return undefined
  const own = scheduleMode(schedule.value.schedule_mode)
  // Emergency heat follows the schedule for heat.
  if (own !== undefined && own !== (scheduleMode(mode) ?? 'HEAT')) return undefined
  const offsetAt = thermostatOffset(view, localOffsetS)
  const next = nextSetpoint(schedule.value, nowMs + offsetAt(nowMs) * 1000)
  if (next === undefined) return undefined
  const aboutMs = next.localMs - offsetAt(nowMs) * 1000
  // Daylight saving may begin or end until then.
  const at = new Date(next.localMs - offsetAt(aboutMs) * 1000).toISOString()
  const [low = 0, high] = next.temps
  return high === undefined ? { at, temperature: low } : { at, low, high }
}

/** The same for people, by the clock and in the unit of the thermostat: `17 °C on Friday at 22:30`. */
export function upcomingText(view: DeviceView): string | undefined {
  const next = upcomingSetpoint(view)
  const { localOffsetS, device } = view
  if (next === undefined || localOffsetS === undefined) return undefined
  const atMs = Date.parse(next.at)
  // The thermostat's time of day, as if it were UTC.
  const local = new Date(atMs + thermostatOffset(view, localOffsetS)(atMs) * 1000)
  const scale = device.temperature_scale === 'F' ? 'F' : 'C'
  const temps = 'temperature' in next ? [next.temperature] : [next.low, next.high]
  const shown = temps.map((temp) => degrees(temp, scale)).join('–')
  const day = DAY_NAMES[(local.getUTCDay() + 6) % 7]
  return `${shown} °${scale} on ${day} at ${local.toISOString().slice(11, 16)}`
}

/** As the thermostat shows them: °C to a tenth, °F whole. */
function degrees(celsius: number, scale: 'C' | 'F'): number {
  return scale === 'F' ? Math.round(celsius * 1.8 + 32) : Math.round(celsius * 10) / 10
}

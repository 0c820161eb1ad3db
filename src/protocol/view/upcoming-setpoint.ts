import type { JsonObject } from '../bucket.ts'
import { nextSetpoint } from '../schedule/next-setpoint.ts'
import { scheduleMode } from '../schedule/schedule.ts'
import type { DeviceView } from './device-view.ts'
import { isEco } from './eco-state.ts'
import { reportedMode } from './own-forms.ts'
import { type OffsetAt, thermostatOffset } from './time-zone.ts'

/**
 * The status field `next_setpoint`: what the schedule sets next, and when. Null when no schedule counts: off,
 * in eco, or in another mode than the schedule's.
 *
 * @param serverAt - the server's own offset from UTC, for a thermostat that told none
 */
export function upcomingSetpoint(view: DeviceView, serverAt: OffsetAt): JsonObject | null {
  const { schedule, nowMs } = view
  const mode = reportedMode(view)
  if (schedule === undefined || mode === undefined || mode === 'off' || isEco(view)) return null
  const own = scheduleMode(schedule.value.schedule_mode)
  // Emergency heat follows the schedule for heat.
  if (own !== undefined && own !== (scheduleMode(mode) ?? 'HEAT')) return null
  const offsetAt = thermostatOffset(view, serverAt)
  const next = nextSetpoint(schedule.value, nowMs + offsetAt(nowMs) * 1000)
  if (next === undefined) return null
  const aboutMs = next.localMs - offsetAt(nowMs) * 1000
  // Daylight saving may begin or end until then.
  const at = new Date(next.localMs - offsetAt(aboutMs) * 1000).toISOString()
  const [low = 0, high] = next.temps
  return high === undefined ? { at, temperature: low } : { at, low, high }
}

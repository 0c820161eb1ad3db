import type { JsonObject } from '../bucket.ts'
import { type ScheduleMode, scheduleMode } from '../schedule/schedule.ts'
import type { DeviceView } from './device-view.ts'

/**
 * Firmware reports some things in one form or another (section 9). The readers here take either form;
 * the writers use the form that the thermostat itself uses.
 */

/** Every mode as thermostats spell it. */
export const MODES = ['off', 'heat', 'cool', 'range', 'emergency'] as const

/** A mode as thermostats spell it. */
export type WireMode = (typeof MODES)[number]

/** The mode that a thermostat reports; undefined while it has reported none that is known. */
export function reportedMode({ shared, device }: Buckets): WireMode | undefined {
  return modeIn(shared.target_temperature_type) ?? modeIn(device.target_temperature_type)
}

function modeIn(value: unknown): WireMode | undefined {
  return MODES.find((mode) => mode === value)
}

/** The schedule mode that a thermostat reports, in `shared` or in `device`; undefined when in neither. */
export function reportedScheduleMode({ shared, device }: Buckets): ScheduleMode | undefined {
  return scheduleMode(shared.schedule_mode) ?? scheduleMode(device.current_schedule_mode)
}

/** The bucket and the field that set the schedule mode of this thermostat. */
export function scheduleModeFields(
  view: Buckets & Pick<DeviceView, 'serial'>,
  mode: ScheduleMode,
): { objectKey: string; fields: JsonObject } {
  const { shared, device, serial } = view
  const isDeviceField =
    scheduleMode(shared.schedule_mode) === undefined &&
    scheduleMode(device.current_schedule_mode) !== undefined
  return isDeviceField
    ? { objectKey: `device.${serial}`, fields: { current_schedule_mode: mode } }
    : { objectKey: `shared.${serial}`, fields: { schedule_mode: mode } }
}

type Buckets = Pick<DeviceView, 'shared' | 'device'>

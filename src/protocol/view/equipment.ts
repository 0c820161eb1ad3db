import type { JsonObject, JsonValue } from '../bucket.ts'

/** Hot water as a status has it. */
type HotWater = {
  /** It is being heated now; null when not reported. */
  readonly active: boolean | null
  /** `schedule`, `on` or `off`, as the thermostat reports it. */
  readonly mode: string | null
  /** Unix seconds; 0 for no boost. */
  readonly boost_until: number
}

/** Null for a thermostat that does not control hot water. */
export function hotWater(device: JsonObject): HotWater | null {
  if (device.has_hot_water_control !== true) return null
  const { hot_water_active: active, hot_water_mode: mode } = device
  return {
    active: flag(active),
    mode: typeof mode === 'string' ? mode : null,
    boost_until: finite(device.hot_water_boost_time_to_end) ?? 0,
  }
}

/** Volts; null when not reported. */
export function batteryVolts({ battery_level: volts }: JsonObject): number | null {
  return finite(volts)
}

/** Whether the filter of the air should be changed; null without a filter, or when not reported. */
export function filterIsDue(device: JsonObject): boolean | null {
  return device.has_air_filter === false ? null : flag(device.filter_replacement_needed)
}

function flag(value: JsonValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null
}

function finite(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

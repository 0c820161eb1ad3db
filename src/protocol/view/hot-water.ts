import type { JsonObject } from '../bucket.ts'
import type { DeviceView } from './device-view.ts'

/** How long a boost of the hot water lasts, as in the thermostat's own menu. */
export const BOOST_S = 3600

/** Whether the thermostat controls a hot water tank. */
export function hasHotWater({ device }: DeviceView): boolean {
  return device.has_hot_water_control === true
}

/** The hot water in a status; null where the thermostat controls none. */
export function hotWaterStatus(view: DeviceView): JsonObject | null {
  if (!hasHotWater(view)) return null
  const { device, nowMs } = view
  const { hot_water_mode: mode, hot_water_boost_time_to_end: untilS } = device
  const boostTimeout = typeof untilS === 'number' && untilS * 1000 > nowMs ? untilS : 0
  return {
    active: device.hot_water_active === true,
    mode: typeof mode === 'string' ? mode : null,
    boost_timeout: boostTimeout,
  }
}

import type { DeviceView } from './device-view.ts'

/** How long a boost of the hot water lasts, as in the thermostat's own menu. */
export const BOOST_S = 3600

/** Whether the thermostat controls a hot water tank. */
export function hasHotWater({ device }: DeviceView): boolean {
  return device.has_hot_water_control === true
}

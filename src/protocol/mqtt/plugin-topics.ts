import { capabilities, type DeviceView } from '../view/device-view.ts'
import { isAway } from '../view/eco-state.ts'
import { leftMs } from '../view/time-left.ts'

/**
 * States that published plugins read among the fields of the `device` bucket, where no thermostat has them. They
 * read JSON: `True` would be a text to them, and `False` as well, which counts as yes.
 */
export function pluginFields(view: DeviceView): Readonly<Record<string, string>> {
  const { device, shared, nowMs } = view
  const measured = shared.current_temperature
  const isElsewhere = device.current_temperature === undefined && typeof measured === 'number'
  return {
    ...(isElsewhere ? { current_temperature: String(measured) } : {}),
    ...(capabilities(view).has_fan
      ? { fan_timer_active: String(leftMs(device.fan_timer_timeout, nowMs) > 0) }
      : {}),
    away: String(isAway(view)),
  }
}

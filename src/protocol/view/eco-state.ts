import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import type { DeviceView } from './device-view.ts'

/** Whether a person told the home to be away (status field `away` of section 9). */
export function isAway({ structure }: DeviceView): boolean {
  return structure.manual_eco_all === true || structure.away === true
}

/** Whether the thermostat's own sensors report an empty home (`auto_away`). */
export function isAutoAway({ shared, device }: DeviceView): boolean {
  return [device.auto_away, shared.auto_away].some(
    (value) => typeof value === 'number' && value > 0,
  )
}

/** The eco mode that the thermostat reports: `schedule`, `manual-eco` or `auto-eco`; null before that. */
export function ecoMode({ device }: DeviceView): JsonValue {
  return (isObject(device.eco) ? device.eco.mode : undefined) ?? null
}

/** Whether a `device` bucket reports an eco mode. */
export function reportsEco(device: JsonObject): boolean {
  return isObject(device.eco) && isEcoMode(device.eco.mode)
}

/** Whether the thermostat keeps to its eco temperatures, or was told to. */
export function isEco(view: DeviceView): boolean {
  return isAway(view) || isEcoMode(ecoMode(view))
}

/** The same, read from a status object of the control API. */
export function isEcoStatus({ away, eco_mode: mode }: JsonObject): boolean {
  return away === true || isEcoMode(mode)
}

function isEcoMode(mode: unknown): boolean {
  return mode === 'manual-eco' || mode === 'auto-eco'
}

import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import type { DeviceView } from './device-view.ts'
import { reportedMode } from './own-forms.ts'

/** `touched_by` of what the server wrote. */
const BY_SERVER = 3

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

/**
 * The eco mode that the thermostat reports: `schedule`, `manual-eco` or `auto-eco`; null before that. It
 * comes in the object `eco`, in the text `eco_mode`, or in both. Where they differ, the form that says
 * eco counts, because firmware may leave the other one at its default. Only the server's own command to
 * leave eco counts against the text, which the thermostat has not put again yet.
 */
export function ecoMode({ device }: Pick<DeviceView, 'device'>): JsonValue {
  const { eco, eco_mode: text } = device
  const mode = isObject(eco) ? eco.mode : undefined
  if (typeof mode !== 'string') return typeof text === 'string' ? text : null
  const isCommand = isObject(eco) && eco.touched_by === BY_SERVER
  if (isCommand || isEcoMode(mode) || !isEcoMode(text)) return mode
  return text
}

/** The field of the `device` bucket that tells this thermostat to leave eco; the time in Unix seconds. */
export function leaveEcoFields(device: JsonObject, nowS: number): JsonObject {
  return typeof device.eco_mode === 'string' && !isObject(device.eco)
    ? { eco_mode: 'schedule' }
    : { eco: { mode: 'schedule', touched_by: BY_SERVER, mode_update_timestamp: nowS } }
}

/**
 * Whether a write says that the thermostat has left eco by its own dial (`U9`). The object `eco` has the
 * time of that; the text `eco_mode` has none, so it counts when it was another one before.
 *
 * @param before - the `device` bucket before the write
 * @param commandedAtS - Unix seconds, of the command to enter eco
 */
export function leavesEco(value: JsonObject, before: JsonObject, commandedAtS: number): boolean {
  const { eco } = value
  if (!isObject(eco)) return value.eco_mode === 'schedule' && isEcoMode(before.eco_mode)
  const atS = eco.mode_update_timestamp
  return eco.mode === 'schedule' && typeof atS === 'number' && atS > commandedAtS
}

/** Whether a `device` bucket reports an eco mode. */
export function reportsEco(device: JsonObject): boolean {
  return isEcoMode(ecoMode({ device }))
}

/** Whether the thermostat keeps to its eco temperatures, or was told to. */
export function isEco(view: DeviceView): boolean {
  return isAway(view) || reportsEco(view.device)
}

/** The same, read from a status object of the control API. */
export function isEcoStatus({ away, eco_mode: mode }: JsonObject): boolean {
  return away === true || isEcoMode(mode)
}

function isEcoMode(mode: unknown): mode is 'manual-eco' | 'auto-eco' {
  return mode === 'manual-eco' || mode === 'auto-eco'
}

/** °C; null for a bound that is switched off or not known. */
type Bound = number | null

/**
 * What the thermostat works towards in eco, °C: the bound of its mode, and in `range` both. Null outside
 * eco, when the thermostat is off, and when the bound is switched off.
 */
export function ecoTarget(view: DeviceView): Bound | { high: Bound; low: Bound } {
  if (!isEco(view)) return null
  const high = ecoBound(view, 'away_temperature_high')
  const low = ecoBound(view, 'away_temperature_low')
  switch (reportedMode(view)) {
    case 'heat':
    case 'emergency':
      return low
    case 'cool':
      return high
    case 'range':
      return { high, low }
    default:
      return null
  }
}

function ecoBound({ device }: DeviceView, field: string): Bound {
  const bound = device[field]
  return typeof bound === 'number' && device[`${field}_enabled`] !== false ? bound : null
}

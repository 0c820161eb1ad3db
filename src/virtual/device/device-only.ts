import type { WireObject } from '../json.ts'
import { type Device, violate } from './device.ts'
import { DEVICE_READINGS } from './device-fields.ts'
import { waitToPut } from './local-changes.ts'

/** All that a server may write into `shared` (section 6). */
const SHARED_WRITABLE = new Set([
  'target_temperature',
  'target_temperature_high',
  'target_temperature_low',
  'target_temperature_type',
  'target_change_pending',
  'schedule_mode',
  'touched_by',
  'name',
])

/**
 * Names that are device-only in every firmware build: sensors, capabilities, `hvac_*` states. Only
 * certain ones are listed, so that no setting of an unknown build is refused.
 */
const DEVICE_ONLY =
  /^(hvac_|has_|can_|current_(?!schedule_mode)|backplate_|battery_|leaf|rssi|time_to_target)/

/** Splits pushed fields into those the thermostat accepts and those only it may write (section 6). */
export function splitPushedFields(
  type: string,
  value: WireObject,
): { accepted: WireObject; deviceOnly: readonly string[] } {
  if (type !== 'shared' && type !== 'device') return { accepted: value, deviceOnly: [] }
  const writable = (name: string) =>
    type === 'shared'
      ? SHARED_WRITABLE.has(name)
      : !DEVICE_ONLY.test(name) && !(name in DEVICE_READINGS)
  const deviceOnly = Object.keys(value).filter((name) => !writable(name))
  const accepted = Object.entries(value).filter(([name]) => writable(name))
  return { accepted: Object.fromEntries(accepted), deviceOnly }
}

/** Puts the thermostat's own values again after a push of device-only fields (section 6). */
export function putOwnValuesAgain(device: Device, key: string, names: readonly string[]): void {
  violate(device, '§6', `pushed device-only fields of ${key}: ${names.join(', ').slice(0, 200)}`)
  const own = device.buckets.get(key)?.value ?? {}
  const known = names.filter((name) => name in own)
  if (known.length > 0) waitToPut(device, key, known)
}

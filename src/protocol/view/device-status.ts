import { idOf, type JsonObject, type JsonValue } from '../bucket.ts'
import { capabilities, type DeviceView, deviceName, HVAC_FIELDS } from './device-view.ts'
import { ecoMode, isAway } from './eco-state.ts'

/** What the server knows about the thermostat's connection. */
export interface Availability {
  readonly isAvailable: boolean
  /** Wall clock, ms since epoch; null when it never called. */
  readonly lastSeenMs: number | null
}

/** The first value that is present; zero and false are values (section 9). */
function first(...values: readonly (JsonValue | undefined)[]): JsonValue {
  return values.find((value) => value !== undefined && value !== null) ?? null
}

function number(...values: readonly (JsonValue | undefined)[]): number | null {
  return values.find((value) => typeof value === 'number') ?? null
}

/**
 * The status of one thermostat as `GET /status` answers it: the fields of section 9 in its order,
 * null where unknown; temperatures in °C, `fan_timer_timeout` in Unix seconds, `mode` as
 * the thermostat says it (`heat|cool|range|off|emergency`). `can_heat` and `can_cool` are repeated at
 * the top, where the Matterbridge plugin reads them.
 */
export function deviceStatus(view: DeviceView, availability: Availability): JsonObject {
  const { shared, device } = view
  const able = capabilities(view)
  const temperature = (field: string): number | null => number(shared[field], device[field])
  const active = (field: string): boolean => device[field] === true
  const fanTimerTimeoutS = number(device.fan_timer_timeout) ?? 0
  return {
    serial: view.serial,
    is_available: availability.isAvailable,
    last_seen:
      availability.lastSeenMs === null ? null : new Date(availability.lastSeenMs).toISOString(),
    name: deviceName(view),
    current_temperature: temperature('current_temperature'),
    target_temperature: temperature('target_temperature'),
    target_temperature_high: temperature('target_temperature_high'),
    target_temperature_low: temperature('target_temperature_low'),
    humidity: number(device.current_humidity),
    target_humidity: number(device.target_humidity),
    target_humidity_enabled: active('target_humidity_enabled'),
    mode: first(shared.target_temperature_type, device.target_temperature_type),
    hvac: Object.fromEntries(
      Object.entries(HVAC_FIELDS).map(([name, [bucket, field]]) => [
        name,
        view[bucket][field] === true,
      ]),
    ),
    fan_timer_active: fanTimerTimeoutS * 1000 > view.nowMs,
    fan_timer_timeout: fanTimerTimeoutS,
    eco_temperatures: {
      high: number(device.away_temperature_high),
      low: number(device.away_temperature_low),
    },
    is_online: typeof device.is_online === 'boolean' ? device.is_online : availability.isAvailable,
    has_leaf: active('leaf'),
    software_version: first(device.current_version),
    temperature_scale: device.temperature_scale === 'F' ? 'F' : 'C',
    capabilities: { ...able },
    eco_mode: ecoMode(view),
    time_to_target: first(device.time_to_target),
    // The firmware's own name lacks the `_status` that clients know.
    time_to_target_training_status: first(
      device.time_to_target_training_status,
      device.time_to_target_training,
    ),
    safety_state: first(device.safety_state),
    safety_temp_activating_hvac: first(device.safety_temp_activating_hvac),
    learning_mode: first(device.learning_mode),
    preconditioning_enabled: first(device.preconditioning_enabled),
    backplate_temperature: number(device.backplate_temperature),
    local_ip: first(device.local_ip),
    mac_address: first(device.mac_address),
    structure_id: view.structureKey === '' ? null : idOf(view.structureKey),
    away: isAway(view),
    schedule_mode: first(shared.schedule_mode),
    can_heat: able.can_heat,
    can_cool: able.can_cool,
  }
}

import { idOf, type JsonObject, type JsonValue } from '../bucket.ts'
import { capabilities, type DeviceView, deviceName, HVAC_FIELDS } from './device-view.ts'
import { ecoMode, ecoTarget, isAway } from './eco-state.ts'
import { reportedMode, reportedScheduleMode } from './own-forms.ts'

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

const HVAC = Object.entries(HVAC_FIELDS)

function running(view: DeviceView): JsonObject {
  const hvac: JsonObject = {}
  for (const [name, [bucket, field]] of HVAC) hvac[name] = view[bucket][field] === true
  return hvac
}

/**
 * The status of one thermostat as `GET /status` answers it: the fields of section 9 in its order,
 * null where unknown; temperatures in °C, `fan_timer_timeout` in Unix seconds, `mode` as
 * the thermostat says it (`heat|cool|range|off|emergency`), never a guess. `can_heat` and `can_cool` are
 * repeated at the top, where the Matterbridge plugin reads them.
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
    mode: reportedMode(view) ?? null,
    hvac: running(view),
    fan_timer_active: fanTimerTimeoutS * 1000 > view.nowMs,
    fan_timer_timeout: fanTimerTimeoutS,
    eco_temperatures: {
      high: number(device.away_temperature_high),
      low: number(device.away_temperature_low),
    },
    // A thermostat that is gone still has on file that it was online.
    is_online: availability.isAvailable && device.is_online !== false,
    has_leaf: active('leaf'),
    software_version: first(device.current_version),
    temperature_scale: device.temperature_scale === 'F' ? 'F' : 'C',
    capabilities: { ...able },
    eco_mode: ecoMode(view),
    eco_target: ecoTarget(view),
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
    schedule_mode: reportedScheduleMode(view) ?? null,
    can_heat: able.can_heat,
    can_cool: able.can_cool,
    // Existing apps read the field; the thermostat's password stays secret (`I5`).
    api_key: '',
  }
}

/**
 * A status without null where existing apps expect a number or a text (section 9). A setpoint that was
 * not reported is the middle of the range, else what there is instead of it.
 */
export function filledIn(status: JsonObject): JsonObject {
  const { current_temperature: current } = status
  const { target_temperature_low: low, target_temperature_high: high } = status
  const middle =
    typeof low === 'number' && typeof high === 'number' ? Math.round((low + high) * 50) / 100 : null
  return {
    ...status,
    target_temperature: first(status.target_temperature, middle, low, high, current),
    humidity: first(status.humidity, 0),
    target_humidity: first(status.target_humidity, 0),
    time_to_target: first(status.time_to_target, 0),
    software_version: first(status.software_version, ''),
    backplate_temperature: first(status.backplate_temperature, current),
  }
}

import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'
import { isEco } from '../view/eco-state.ts'
import { outdoorTemperature } from '../view/outdoor-temperature.ts'
import { timeToTargetMs } from '../view/time-left.ts'
import { climateStates } from './climate.ts'
import { minutes } from './countdown.ts'
import { DIAGNOSTIC, type Entity, named } from './entity.ts'
import { flagPayload, numberPayload } from './payload.ts'

/** The volts of an empty and of a full battery. */
const EMPTY_V = 3.5
const FULL_V = 4
const DAY_S = 86_400
const YES_NO: JsonObject = { payload_on: 'true', payload_off: 'false' }
/** Flags that are of use to find a fault only. */
const DIAGNOSTIC_FLAG: JsonObject = { ...DIAGNOSTIC, ...YES_NO }
const CELSIUS = measured('°C', { device_class: 'temperature' })

/** The configuration of a number with a history. */
function measured(unit: string, more: JsonObject): JsonObject {
  return { unit_of_measurement: unit, ...more, state_class: 'measurement' }
}

function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A thermostat has what it reports. Without `state`, it shares a topic of the climate entity. */
function reading(
  names: ReturnType<typeof named>,
  config: JsonObject,
  state: (view: DeviceView) => string | undefined = (view) => climateStates(view)[names.topic],
): Entity {
  return { ...names, state, config }
}

function batteryPercent({ device }: DeviceView): string | undefined {
  const volts = number(device.battery_level)
  if (volts === undefined) return undefined
  const share = (volts - EMPTY_V) / (FULL_V - EMPTY_V)
  return String(Math.round(Math.min(1, Math.max(0, share)) * 100))
}

function filterDays(view: DeviceView): string | undefined {
  const seconds = number(view.device.filter_runtime_sec)
  if (seconds === undefined || !hasFilter(view)) return undefined
  return String(Math.round((seconds / DAY_S) * 10) / 10)
}

/** A leaf on the display, or eco itself. */
function showsLeaf(view: DeviceView): boolean {
  const { eco, leaf } = view.device
  return leaf === true || (isObject(eco) && eco.leaf === true) || isEco(view)
}

export const hasFilter = ({ device }: DeviceView): boolean => device.has_air_filter !== false

/** What a thermostat measures and reports; names and ids are those of the existing server. */
export const READINGS: readonly Entity[] = [
  reading(named('sensor', 'temperature', 'Temperature', 'current_temperature'), CELSIUS),
  reading(
    named('sensor', 'humidity', 'Humidity', 'current_humidity'),
    measured('%', { device_class: 'humidity' }),
  ),
  reading(named('sensor', 'outdoor_temperature', 'Outdoor Temperature'), CELSIUS, (view) =>
    numberPayload(outdoorTemperature(view)),
  ),
  reading(named('binary_sensor', 'occupancy', 'Occupancy'), {
    payload_on: 'home',
    payload_off: 'away',
    device_class: 'occupancy',
  }),
  reading(
    named('binary_sensor', 'leaf', 'Eco Mode', 'eco'),
    { ...YES_NO, icon: 'mdi:leaf' },
    (view) => String(showsLeaf(view)),
  ),
  reading(
    named('sensor', 'battery', 'Battery'),
    measured('%', { device_class: 'battery' }),
    batteryPercent,
  ),
  reading(
    named('sensor', 'rssi', 'WiFi Signal'),
    { ...DIAGNOSTIC, ...measured('dBm', { device_class: 'signal_strength' }) },
    ({ device }) => {
      const rssi = number(device.rssi)
      return rssi === undefined ? undefined : String(-Math.abs(rssi))
    },
  ),
  reading(
    named(
      'binary_sensor',
      'filter_replacement',
      'Filter Replacement Needed',
      'filter_replacement_needed',
    ),
    { ...DIAGNOSTIC_FLAG, device_class: 'problem' },
    (view) => (hasFilter(view) ? flagPayload(view.device.filter_replacement_needed) : undefined),
  ),
  reading(
    named('sensor', 'filter_runtime', 'Filter Runtime', 'filter_runtime_days'),
    {
      ...DIAGNOSTIC,
      unit_of_measurement: 'd',
      icon: 'mdi:air-filter',
      state_class: 'total_increasing',
    },
    filterDays,
  ),
  reading(
    named('sensor', 'time_to_target', 'Time to Target'),
    measured('min', { icon: 'mdi:clock-outline' }),
    (view) => {
      const ms = timeToTargetMs(view.device.time_to_target, view.nowMs)
      return ms === undefined ? undefined : String(minutes(ms))
    },
  ),
  reading(
    named(
      'binary_sensor',
      'sunlight_correction',
      'Sunlight Correction Active',
      'sunlight_correction_active',
    ),
    { ...DIAGNOSTIC_FLAG, icon: 'mdi:weather-sunny' },
    ({ device }) => flagPayload(device.sunlight_correction_active),
  ),
  reading(
    named('sensor', 'compressor_lockout', 'Compressor Lockout', 'compressor_lockout_timeout'),
    { ...DIAGNOSTIC, ...measured('s', { icon: 'mdi:timer-lock' }) },
    ({ shared, device }) =>
      numberPayload(shared.compressor_lockout_timeout ?? device.compressor_lockout_timeout),
  ),
  reading(
    named('binary_sensor', 'learning_mode', 'Learning Mode'),
    { ...DIAGNOSTIC_FLAG, icon: 'mdi:school' },
    ({ device }) => flagPayload(device.learning_mode),
  ),
  reading(
    named('binary_sensor', 'heat_pump_ready', 'Heat Pump Ready'),
    { ...DIAGNOSTIC_FLAG, icon: 'mdi:heat-pump' },
    ({ device }) =>
      device.has_heat_pump === false ? undefined : flagPayload(device.heatpump_ready),
  ),
  reading(
    named('sensor', 'local_ip', 'Local IP'),
    { ...DIAGNOSTIC, icon: 'mdi:ip-network' },
    ({ device }) =>
      typeof device.local_ip === 'string' && device.local_ip !== '' ? device.local_ip : undefined,
  ),
]

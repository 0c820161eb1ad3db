import { isObject, type JsonObject, type JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'
import { isEco } from '../view/eco-state.ts'
import { climateStates } from './climate.ts'
import { minutes, timeToTargetMs } from './countdown.ts'
import { DIAGNOSTIC, type Entity } from './entity.ts'
import { flagPayload, numberPayload } from './payload.ts'

/** The volts of an empty and of a full battery. */
const EMPTY_V = 3.5
const FULL_V = 4
const DAY_S = 86_400

const YES_NO: JsonObject = { payload_on: 'true', payload_off: 'false' }
const CELSIUS: JsonObject = {
  unit_of_measurement: '°C',
  device_class: 'temperature',
  state_class: 'measurement',
}

function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A reading is there when its state is known: a thermostat has what it reports. */
function reading(
  entity: Omit<Entity, 'has'> & Required<Pick<Entity, 'state'>> & Partial<Pick<Entity, 'has'>>,
): Entity {
  return { has: (view) => entity.state(view) !== undefined, ...entity }
}

/** For a sensor whose state is on a topic of the climate entity. */
function alsoIn(topic: string): Pick<Entity, 'topic' | 'has'> {
  return { topic, has: (view) => climateStates(view)[topic] !== undefined }
}

function batteryPercent(volts: number | undefined): string | undefined {
  if (volts === undefined) return undefined
  const share = (volts - EMPTY_V) / (FULL_V - EMPTY_V)
  return String(Math.round(Math.min(1, Math.max(0, share)) * 100))
}

/** A leaf on the display, or eco itself. */
function showsLeaf(view: DeviceView): boolean {
  const { eco, leaf } = view.device
  return leaf === true || (isObject(eco) && eco.leaf === true) || isEco(view)
}

export const hasFilter = ({ device }: DeviceView): boolean => device.has_air_filter !== false

/** What a thermostat measures and reports; names and ids are those of the existing server. */
export const READINGS: readonly Entity[] = [
  {
    component: 'sensor',
    object: 'temperature',
    name: 'Temperature',
    ...alsoIn('current_temperature'),
    config: CELSIUS,
  },
  {
    component: 'sensor',
    object: 'humidity',
    name: 'Humidity',
    ...alsoIn('current_humidity'),
    config: { unit_of_measurement: '%', device_class: 'humidity', state_class: 'measurement' },
  },
  reading({
    component: 'sensor',
    object: 'outdoor_temperature',
    name: 'Outdoor Temperature',
    state: ({ device, shared }) =>
      numberPayload(
        number(device.outdoor_temperature) ??
          number(shared.outside_temperature) ??
          number(device.outside_temperature),
      ),
    config: CELSIUS,
  }),
  {
    component: 'binary_sensor',
    object: 'occupancy',
    name: 'Occupancy',
    ...alsoIn('occupancy'),
    config: { payload_on: 'home', payload_off: 'away', device_class: 'occupancy' },
  },
  reading({
    component: 'binary_sensor',
    object: 'leaf',
    topic: 'eco',
    name: 'Eco Mode',
    state: (view) => String(showsLeaf(view)),
    config: { ...YES_NO, icon: 'mdi:leaf' },
  }),
  reading({
    component: 'sensor',
    object: 'battery',
    name: 'Battery',
    state: ({ device }) => batteryPercent(number(device.battery_level)),
    config: { unit_of_measurement: '%', device_class: 'battery', state_class: 'measurement' },
  }),
  reading({
    component: 'sensor',
    object: 'rssi',
    name: 'WiFi Signal',
    state: ({ device }) => {
      const rssi = number(device.rssi)
      return rssi === undefined ? undefined : String(-Math.abs(rssi))
    },
    config: {
      ...DIAGNOSTIC,
      unit_of_measurement: 'dBm',
      device_class: 'signal_strength',
      state_class: 'measurement',
    },
  }),
  reading({
    component: 'binary_sensor',
    object: 'filter_replacement',
    topic: 'filter_replacement_needed',
    name: 'Filter Replacement Needed',
    state: (view) =>
      hasFilter(view) ? flagPayload(view.device.filter_replacement_needed) : undefined,
    config: { ...DIAGNOSTIC, ...YES_NO, device_class: 'problem' },
  }),
  reading({
    component: 'sensor',
    object: 'filter_runtime',
    topic: 'filter_runtime_days',
    name: 'Filter Runtime',
    state: (view) => {
      const seconds = number(view.device.filter_runtime_sec)
      if (seconds === undefined || !hasFilter(view)) return undefined
      return String(Math.round((seconds / DAY_S) * 10) / 10)
    },
    config: {
      ...DIAGNOSTIC,
      unit_of_measurement: 'd',
      icon: 'mdi:air-filter',
      state_class: 'total_increasing',
    },
  }),
  reading({
    component: 'sensor',
    object: 'time_to_target',
    name: 'Time to Target',
    state: (view) => {
      const ms = timeToTargetMs(view)
      return ms === undefined ? undefined : String(minutes(ms))
    },
    config: { unit_of_measurement: 'min', icon: 'mdi:clock-outline', state_class: 'measurement' },
  }),
  reading({
    component: 'binary_sensor',
    object: 'sunlight_correction',
    topic: 'sunlight_correction_active',
    name: 'Sunlight Correction Active',
    state: ({ device }) => flagPayload(device.sunlight_correction_active),
    config: { ...DIAGNOSTIC, ...YES_NO, icon: 'mdi:weather-sunny' },
  }),
  reading({
    component: 'sensor',
    object: 'compressor_lockout',
    topic: 'compressor_lockout_timeout',
    name: 'Compressor Lockout',
    state: ({ shared, device }) =>
      numberPayload(shared.compressor_lockout_timeout ?? device.compressor_lockout_timeout),
    config: {
      ...DIAGNOSTIC,
      unit_of_measurement: 's',
      icon: 'mdi:timer-lock',
      state_class: 'measurement',
    },
  }),
  reading({
    component: 'binary_sensor',
    object: 'learning_mode',
    name: 'Learning Mode',
    state: ({ device }) => flagPayload(device.learning_mode),
    config: { ...DIAGNOSTIC, ...YES_NO, icon: 'mdi:school' },
  }),
  reading({
    component: 'binary_sensor',
    object: 'heat_pump_ready',
    name: 'Heat Pump Ready',
    state: ({ device }) =>
      device.has_heat_pump === false ? undefined : flagPayload(device.heatpump_ready),
    config: { ...DIAGNOSTIC, ...YES_NO, icon: 'mdi:heat-pump' },
  }),
  reading({
    component: 'sensor',
    object: 'local_ip',
    name: 'Local IP',
    state: ({ device }) =>
      typeof device.local_ip === 'string' && device.local_ip !== '' ? device.local_ip : undefined,
    config: { ...DIAGNOSTIC, icon: 'mdi:ip-network' },
  }),
]

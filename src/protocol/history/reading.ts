import { type DeviceView, HVAC_FIELDS } from '../view/device-view.ts'
import { ecoTarget, isEco } from '../view/eco-state.ts'
import { outdoorTemperature } from '../view/outdoor-temperature.ts'
import { reportedMode, WIRE_MODES } from '../view/own-forms.ts'

interface Field {
  /** Changes of a fast field are kept at once, those of a slow one only every few minutes. */
  readonly pace: 'slow' | 'fast'
  /** How many steps make one unit: readings are whole numbers of steps. */
  readonly perUnit: number
}

const SLOW_TENTHS: Field = { pace: 'slow', perUnit: 10 }
const SETPOINT: Field = { pace: 'fast', perUnit: 100 }
const STATE: Field = { pace: 'fast', perUnit: 1 }

/**
 * What the history keeps of a thermostat, in this order. The order is that of the file: a new field goes to
 * the end.
 */
export const FIELDS = {
  temperature: SLOW_TENTHS,
  target_temperature: SETPOINT,
  target_temperature_low: SETPOINT,
  target_temperature_high: SETPOINT,
  humidity: { pace: 'slow', perUnit: 1 },
  /** The number of the mode in `WIRE_MODES`. */
  mode: STATE,
  eco: STATE,
  /** The highest stage that runs; 0 for none. */
  heating: STATE,
  cooling: STATE,
  fan: STATE,
  hot_water: STATE,
  outdoor_temperature: SLOW_TENTHS,
  /** Volts. */
  battery: { pace: 'slow', perUnit: 100 },
  online: STATE,
} as const satisfies Readonly<Record<string, Field>>

export type FieldName = keyof typeof FIELDS
export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[]

/** What is kept of one instant, a value for each field: whole steps, or null for one that is not known. */
export type Reading = readonly (number | null)[]

/** The place of each field in a reading. */
export const AT = Object.fromEntries(FIELD_NAMES.map((name, i) => [name, i])) as Readonly<
  Record<FieldName, number>
>

const IS_SLOW: readonly boolean[] = FIELD_NAMES.map((name) => FIELDS[name].pace === 'slow')

/** Whether the field at a place of a row is slow. */
export function isSlowField(place: number): boolean {
  return IS_SLOW[place] === true
}

/** What is known of a thermostat that is offline. */
const OFFLINE: Reading = FIELD_NAMES.map((name) => (name === 'online' ? 0 : null))

/** Stages by what runs. Auxiliary heat comes to the help of the first stage. */
const HEATING_STAGES: readonly (readonly Running[])[] = [
  ['heater', 'alt_heat', 'emer_heat'],
  ['heat_x2', 'aux_heat'],
  ['heat_x3'],
]
const COOLING_STAGES: readonly (readonly Running[])[] = [['ac'], ['cool_x2'], ['cool_x3']]
type Running = keyof typeof HVAC_FIELDS

/**
 * What the history keeps of a thermostat now. Its targets are what it works towards: the eco temperature in
 * eco, none when it is off.
 */
export function readingOf(view: DeviceView, isOnline: boolean): Reading {
  if (!isOnline) return OFFLINE
  const { shared, device } = view
  const values: Readonly<Record<FieldName, unknown>> = {
    temperature: shared.current_temperature ?? device.current_temperature,
    ...targets(view),
    humidity: device.current_humidity,
    mode: modeNumber(view),
    eco: Number(isEco(view)),
    heating: stage(view, HEATING_STAGES),
    cooling: stage(view, COOLING_STAGES),
    fan: Number(runs(view, 'fan')),
    hot_water:
      device.has_hot_water_control === true ? Number(device.hot_water_active === true) : null,
    outdoor_temperature: outdoorTemperature(view),
    battery: device.battery_level,
    online: 1,
  }
  return FIELD_NAMES.map((name) => steps(values[name], FIELDS[name].perUnit))
}

/** No value of a thermostat is larger, so that a made-up one cannot spoil a sum. */
const MAX_VALUE = 1_000

function steps(value: unknown, perUnit: number): number | null {
  if (typeof value !== 'number' || !(Math.abs(value) <= MAX_VALUE)) return null
  // `+ 0` makes zero of a negative zero.
  return Math.round(value * perUnit) + 0
}

function modeNumber(view: DeviceView): number | null {
  const mode = reportedMode(view)
  return mode === undefined ? null : WIRE_MODES.indexOf(mode)
}

function targets(view: DeviceView) {
  const { shared, device } = view
  const mode = reportedMode(view)
  const set = (field: string): unknown => shared[field] ?? device[field]
  if (isEco(view)) {
    const eco = ecoTarget(view)
    const range = typeof eco === 'object' ? eco : null
    return {
      target_temperature: typeof eco === 'number' ? eco : null,
      target_temperature_low: range?.low,
      target_temperature_high: range?.high,
    }
  }
  const isRange = mode === 'range'
  return {
    target_temperature: mode === 'off' || isRange ? null : set('target_temperature'),
    target_temperature_low: isRange ? set('target_temperature_low') : null,
    target_temperature_high: isRange ? set('target_temperature_high') : null,
  }
}

function stage(view: DeviceView, stages: readonly (readonly Running[])[]): number {
  return stages.findLastIndex((names) => names.some((name) => runs(view, name))) + 1
}

function runs(view: DeviceView, name: Running): boolean {
  const [bucket, field] = HVAC_FIELDS[name]
  return view[bucket][field] === true
}

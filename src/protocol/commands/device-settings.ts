import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../bucket.ts'
import { alike } from '../closest.ts'
import { shortName } from '../input.ts'
import { isSecretField } from '../secrets.ts'
import {
  ECO_RANGE_C,
  MAX_SETPOINT_C,
  MIN_SETPOINT_C,
  refuseUpsideDown,
  type Setpoints,
  temperatureWithin,
} from '../setpoint.ts'
import { MAX_FAN_S } from '../view/fan-duration.ts'

/** The values that one setting takes. Names and units are those of the thermostat's `device` bucket. */
export type DeviceSetting = { readonly label: string; readonly unit?: string } & (
  | { readonly type: 'boolean' }
  /** A setpoint, checked like that of a command: 4.5 to 32 °C, a client's slips clamped. */
  | { readonly type: 'setpoint' }
  /** A temperature that people may write in either unit. A value outside is refused. */
  | { readonly type: 'temperature'; readonly min: number; readonly max: number }
  | { readonly type: 'number' | 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'string'; readonly maxLength: number }
  | { readonly type: 'enum'; readonly values: readonly string[] }
)

const DAY_S = 86_400
const whole = (min: number, max: number, unit: string) =>
  ({ type: 'integer', min, max, unit }) as const
/** Unix seconds up to the year 2100. */
const TIME = whole(0, 4_102_444_800, 'Unix s')
const TIME_OF_DAY = whole(0, DAY_S - 1, 's from midnight')
const FLAG = { type: 'boolean' } as const
const SETPOINT = { type: 'setpoint', unit: '°C' } as const
const ECO_LOW = { type: 'temperature', ...ECO_RANGE_C.low, unit: '°C' } as const
const ECO_HIGH = { type: 'temperature', ...ECO_RANGE_C.high, unit: '°C' } as const
const OUTDOOR = { type: 'number', min: -40, max: 40, unit: '°C' } as const
const FAN_SPEED = { type: 'enum', values: ['auto', 'stage1', 'stage2', 'stage3'] } as const

/** Settings that people look for together. */
export interface SettingGroup {
  readonly name: string
  /** A thermostat without any of these capabilities has none of the settings. */
  readonly needs?: readonly string[]
  readonly settings: Readonly<Record<string, DeviceSetting>>
}

/**
 * The settings of the `device` bucket that the cloud may write (section 6), by group: never sensors,
 * capabilities, wiring or `hvac_*` states, which the thermostat would set back. `eco` and
 * `fan_timer_timeout` have commands of their own.
 */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    name: 'Eco',
    settings: {
      away_temperature_high: { ...ECO_HIGH, label: 'Eco: cool above' },
      away_temperature_high_enabled: { ...FLAG, label: 'Eco: cool at all' },
      away_temperature_low: { ...ECO_LOW, label: 'Eco: heat below' },
      away_temperature_low_enabled: { ...FLAG, label: 'Eco: heat at all' },
      auto_away_enable: { ...FLAG, label: 'Eco when nobody is seen' },
      home_away_input: { ...FLAG, label: 'Use the motion sensor for home and away' },
    },
  },
  {
    name: 'Safety',
    settings: {
      lower_safety_temp: {
        type: 'number',
        min: 1,
        max: 18,
        unit: '°C',
        label: 'Safety: heat below',
      },
      lower_safety_temp_enabled: { ...FLAG, label: 'Safety: heat at all' },
      upper_safety_temp: {
        type: 'number',
        min: 26,
        max: 45,
        unit: '°C',
        label: 'Safety: cool above',
      },
      upper_safety_temp_enabled: { ...FLAG, label: 'Safety: cool at all' },
    },
  },
  {
    name: 'Lock',
    settings: {
      temperature_lock: { ...FLAG, label: 'Lock: on' },
      temperature_lock_low_temp: { ...SETPOINT, label: 'Lock: lowest' },
      temperature_lock_high_temp: { ...SETPOINT, label: 'Lock: highest' },
      temperature_lock_pin_hash: { type: 'string', maxLength: 128, label: 'Lock: hash of the PIN' },
    },
  },
  {
    name: 'Fan',
    needs: ['has_fan'],
    settings: {
      fan_mode: { type: 'enum', values: ['auto', 'on', 'duty-cycle', 'off'], label: 'Fan: mode' },
      fan_cooling_enabled: { ...FLAG, label: 'Airwave: fan on after cooling' },
      // Not a field of the firmware: existing clients keep the length of `set_fan on` here.
      fan_timer_duration_minutes: {
        ...whole(1, MAX_FAN_S / 60, 'min'),
        label: 'Fan: how long "on" lasts',
      },
      fan_timer_duration: {
        ...whole(60, MAX_FAN_S, 's'),
        label: 'Fan: how long the timer of the dial lasts',
      },
      fan_timer_speed: { ...FAN_SPEED, label: 'Fan: speed of the timer' },
      fan_schedule_speed: { ...FAN_SPEED, label: 'Fan: speed of the fan schedule' },
      fan_heat_cool_speed: { ...FAN_SPEED, label: 'Fan: speed while heating or cooling' },
      fan_duty_cycle: { ...whole(0, 3_600, 's per hour'), label: 'Fan schedule' },
      fan_duty_start_time: { ...TIME_OF_DAY, label: 'Fan schedule: from' },
      fan_duty_end_time: { ...TIME_OF_DAY, label: 'Fan schedule: until' },
    },
  },
  {
    name: 'Learning',
    settings: {
      learning_mode: { ...FLAG, label: 'Learn the schedule' },
      preconditioning_enabled: { ...FLAG, label: 'Start early to be warm in time' },
    },
  },
  {
    name: 'Humidity',
    needs: ['has_humidifier', 'has_dehumidifier'],
    settings: {
      target_humidity: { type: 'number', min: 10, max: 80, unit: '%', label: 'Humidity: target' },
      target_humidity_enabled: { ...FLAG, label: 'Humidity: control it' },
      auto_dehum_enabled: { ...FLAG, label: 'Cool to dry' },
      humidifier_fan_activation: { ...FLAG, label: 'Fan with the humidifier' },
      dehumidifier_fan_activation: { ...FLAG, label: 'Fan with the dehumidifier' },
      humidity_control_lockout_enabled: { ...FLAG, label: 'No humidity control at certain times' },
      humidity_control_lockout_start_time: { ...TIME_OF_DAY, label: 'No humidity control from' },
      humidity_control_lockout_end_time: { ...TIME_OF_DAY, label: 'No humidity control until' },
    },
  },
  {
    name: 'Heat pump and dual fuel',
    needs: ['has_heat_pump', 'has_dual_fuel'],
    settings: {
      heat_pump_aux_threshold: { ...OUTDOOR, label: 'Auxiliary heat: not above' },
      heat_pump_aux_threshold_enabled: { ...FLAG, label: 'Auxiliary heat: limit' },
      heat_pump_comp_threshold: { ...OUTDOOR, label: 'Compressor: not below' },
      heat_pump_comp_threshold_enabled: { ...FLAG, label: 'Compressor: limit' },
      heatpump_savings: {
        type: 'enum',
        values: ['off', 'max-savings', 'balanced', 'max-comfort'],
        label: 'Heat pump balance',
      },
      dual_fuel_breakpoint: { ...OUTDOOR, label: 'Dual fuel: other fuel below' },
      dual_fuel_breakpoint_override: {
        type: 'string',
        maxLength: 32,
        label: 'Dual fuel: override',
      },
    },
  },
  {
    name: 'Display and behaviour',
    settings: {
      temperature_scale: { type: 'enum', values: ['C', 'F'], label: 'Unit on the display' },
      farsight_screen: { type: 'string', maxLength: 32, label: 'What the display shows from afar' },
      should_wake_on_approach: { ...FLAG, label: 'Light up when somebody comes near' },
      // Documented as a boolean; thermostats send "on" and "off".
      click_sound: { type: 'enum', values: ['on', 'off'], label: 'Click while the dial is turned' },
      sunlight_correction_enabled: { ...FLAG, label: 'Correct for sunlight on the sensor' },
      radiant_control_enabled: { ...FLAG, label: 'Radiant heating' },
    },
  },
  {
    name: 'Hot water',
    needs: ['has_hot_water_control'],
    settings: {
      hot_water_mode: { type: 'enum', values: ['schedule', 'off', 'on'], label: 'Hot water: mode' },
      hot_water_away_enabled: { ...FLAG, label: 'Hot water: in eco' },
      hot_water_temperature: {
        type: 'number',
        min: 30,
        max: 70,
        unit: '°C',
        label: 'Hot water: temperature',
      },
      hot_water_boost_time_to_end: { ...TIME, label: 'Hot water: boost until' },
    },
  },
  {
    name: 'Filter',
    needs: ['has_air_filter'],
    settings: {
      filter_reminder_enabled: { ...FLAG, label: 'Filter: reminder' },
      filter_reminder_level: {
        type: 'integer',
        min: 0,
        max: 100,
        label: 'Filter: level of the reminder',
      },
      filter_changed_date: { ...TIME, label: 'Filter: changed on' },
      filter_replacement_threshold_sec: {
        ...whole(0, 366 * DAY_S, 's of running'),
        label: 'Filter: lasts',
      },
    },
  },
  {
    name: 'Place and language',
    settings: {
      postal_code: { type: 'string', maxLength: 16, label: 'Postal code' },
      country_code: { type: 'string', maxLength: 2, label: 'Country' },
      device_locale: { type: 'string', maxLength: 16, label: 'Language' },
    },
  },
]

/** The same settings by field. */
export const DEVICE_SETTINGS: Readonly<Record<string, DeviceSetting>> = Object.assign(
  {},
  ...SETTING_GROUPS.map(({ settings }) => settings),
)

/** The settings that a thermostat has, with their values: those it reports and has the equipment for; no secrets. */
export function settingsOf(device: JsonObject): JsonObject {
  const settings: JsonObject = {}
  for (const group of SETTING_GROUPS) {
    if (group.needs?.every((capability) => device[capability] === false)) continue
    for (const field of Object.keys(group.settings)) {
      const value = device[field]
      if (value === undefined || value === null || isSecretField(field, value)) continue
      settings[field] = value
    }
  }
  return settings
}

/** Names that the existing server accepts for some settings; no thermostat uses them. */
const ALIASES: Readonly<Record<string, string>> = {
  temp_lock_on: 'temperature_lock',
  temp_lock_low_temp: 'temperature_lock_low_temp',
  temp_lock_high_temp: 'temperature_lock_high_temp',
  temp_lock_pin_hash: 'temperature_lock_pin_hash',
}

/** The bounds of the lock. */
const LOCK = { low: 'temperature_lock_low_temp', high: 'temperature_lock_high_temp' } as const

function settingNamed(field: string): readonly [string, DeviceSetting] {
  const name = Object.hasOwn(ALIASES, field) ? (ALIASES[field] ?? field) : field
  const setting = Object.hasOwn(DEVICE_SETTINGS, name) ? DEVICE_SETTINGS[name] : undefined
  if (setting !== undefined) return [name, setting]
  const hint =
    field === 'eco'
      ? 'eco is switched with set_away'
      : field === 'fan_timer_timeout'
        ? 'the fan is switched with set_fan'
        : unknownSetting(field)
  throw new NleError('invalid', hint)
}

function unknownSetting(field: string): string {
  const meant = alike(field, Object.keys(DEVICE_SETTINGS))
  const hint =
    meant.length === 0
      ? '"nle help set" lists those that may'
      : `did you mean ${meant.join(' or ')}?`
  return `${shortName(field, 40)} is not a setting that may be written; ${hint}`
}

/** The values of a setting, for people: `true or false`, `a number from 10 to 80 (%)`. */
function allowedValues(setting: DeviceSetting): string {
  const unit = setting.unit === undefined ? '' : ` (${setting.unit})`
  switch (setting.type) {
    case 'boolean':
      return 'true or false'
    case 'setpoint':
      return `a number from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C}${unit}`
    case 'temperature':
    case 'number':
      return `a number from ${setting.min} to ${setting.max}${unit}`
    case 'integer':
      return `a whole number from ${setting.min} to ${setting.max}${unit}`
    case 'string':
      return `text of at most ${setting.maxLength} characters`
    case 'enum':
      return `one of ${setting.values.join(', ')}`
  }
}

function fits(setting: DeviceSetting, value: unknown): value is JsonValue {
  switch (setting.type) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'setpoint':
    case 'temperature':
      return typeof value === 'number' && Number.isFinite(value)
    case 'number':
    case 'integer':
      return (
        typeof value === 'number' &&
        (setting.type === 'integer' ? Number.isInteger(value) : Number.isFinite(value)) &&
        value >= setting.min &&
        value <= setting.max
      )
    case 'string':
      return typeof value === 'string' && value.length <= setting.maxLength
    case 'enum':
      return typeof value === 'string' && setting.values.includes(value)
  }
}

/** A value of the right type, within the limits of its setting. @throws NleError `invalid` */
function checkedValue(
  field: string,
  value: JsonValue,
  setting: DeviceSetting,
  setpoints: Setpoints,
): JsonValue {
  if (!fits(setting, value)) {
    throw new NleError('invalid', `${field} must be ${allowedValues(setting)}`)
  }
  if (setting.type === 'setpoint') return setpoints.one(field, value)
  return setting.type === 'temperature' ? temperatureWithin(field, value, setting) : value
}

/**
 * Checks settings, and gives them the thermostat's own names.
 *
 * @param wanted - values by field
 * @param stored - the `device` bucket now, for the bounds of the lock
 * @throws NleError `invalid`, naming the field and what it may be
 */
export function checkedSettings(
  wanted: JsonObject,
  stored: JsonObject,
  setpoints: Setpoints,
): JsonObject {
  const checked: JsonObject = {}
  for (const [field, value] of Object.entries(wanted)) {
    const [name, setting] = settingNamed(field)
    checked[name] = checkedValue(field, value, setting, setpoints)
  }
  const { [LOCK.low]: low, [LOCK.high]: high } = { ...stored, ...checked }
  const isLock = Object.hasOwn(checked, LOCK.low) || Object.hasOwn(checked, LOCK.high)
  if (isLock && typeof low === 'number' && typeof high === 'number') {
    refuseUpsideDown({ field: LOCK.low, value: low }, { field: LOCK.high, value: high })
  }
  return checked
}

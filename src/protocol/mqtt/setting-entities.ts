import type { JsonObject } from '../bucket.ts'
import { DEVICE_SETTINGS } from '../commands/device-settings.ts'
import { MAX_SETPOINT_C, MIN_SETPOINT_C } from '../setpoint.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { hasHotWater } from '../view/hot-water.ts'
import {
  CONFIG,
  command,
  type Entity,
  type Instruction,
  type Limits,
  named,
  shownLimits,
} from './entity.ts'
import { numberPayload, readFlag, readNumber, switchPayload } from './payload.ts'

type Has = (view: DeviceView) => boolean

const humidifies: Has = (view) => {
  const able = capabilities(view)
  return able.has_humidifier || able.has_dehumidifier
}
const always: Has = () => true

/** The limits of a number, as the command checks them. */
function limitsOf(field: string): Limits {
  const setting = DEVICE_SETTINGS[field]
  if (setting === undefined) throw new Error(`${field} is not a setting`)
  if (!('min' in setting)) return { min: MIN_SETPOINT_C, max: MAX_SETPOINT_C }
  const { min, max } = setting
  return { min, max }
}

/** A number of the `device` bucket. */
function numberSetting(
  field: string,
  name: string,
  has: Has,
  step: number,
  options: { object?: string; icon?: string; set?: (value: number) => Instruction } = {},
): Entity {
  const limits = limitsOf(field)
  const unit = DEVICE_SETTINGS[field]?.unit
  const set = options.set ?? ((value) => command('set_device_setting', { [field]: value }))
  const config = ({ device }: DeviceView): JsonObject => ({
    ...CONFIG,
    ...shownLimits(limits, device[field], step),
    step,
    mode: 'box',
    ...(unit === undefined ? {} : { unit_of_measurement: unit }),
    ...(unit === '°C' ? { device_class: 'temperature' } : {}),
    ...(options.icon === undefined ? {} : { icon: options.icon }),
  })
  return {
    ...named('number', options.object ?? field, name),
    has: (view) => typeof view.device[field] === 'number' && has(view),
    state: ({ device }) => numberPayload(device[field]),
    config,
    command: (payload) => [set(readNumber(payload, `${name} is a plain number without a sign`))],
  }
}

/** A boolean of the `device` bucket. */
function switchSetting(field: string, name: string, icon: string, has: Has): Entity {
  return {
    ...named('switch', field, name),
    has: (view) => typeof view.device[field] === 'boolean' && has(view),
    state: ({ device }) => switchPayload(device[field]),
    config: { ...CONFIG, icon },
    command: (payload) => [command('set_device_setting', { [field]: readFlag(payload, name) })],
  }
}

const canHeat: Has = (view) => capabilities(view).can_heat
const canCool: Has = (view) => capabilities(view).can_cool

/** The settings that people change; the existing server does not have these entities. */
export const SETTING_ENTITIES: readonly Entity[] = [
  numberSetting('away_temperature_low', 'Eco Heat Below', canHeat, 0.5, {
    object: 'eco_temperature_low',
    set: (value) => command('set_eco_temperatures', { low: value }),
  }),
  numberSetting('away_temperature_high', 'Eco Cool Above', canCool, 0.5, {
    object: 'eco_temperature_high',
    set: (value) => command('set_eco_temperatures', { high: value }),
  }),
  numberSetting('lower_safety_temp', 'Safety Heat Below', canHeat, 0.5),
  switchSetting('lower_safety_temp_enabled', 'Safety Heat', 'mdi:snowflake-alert', canHeat),
  numberSetting('upper_safety_temp', 'Safety Cool Above', canCool, 0.5),
  switchSetting('upper_safety_temp_enabled', 'Safety Cool', 'mdi:sun-thermometer', canCool),
  switchSetting('temperature_lock', 'Temperature Lock', 'mdi:lock', always),
  numberSetting('temperature_lock_low_temp', 'Lock Lowest', always, 0.5),
  numberSetting('temperature_lock_high_temp', 'Lock Highest', always, 0.5),
  numberSetting('target_humidity', 'Target Humidity', humidifies, 5, { icon: 'mdi:water-percent' }),
  switchSetting('target_humidity_enabled', 'Humidity Control', 'mdi:water-percent', humidifies),
  numberSetting(
    'hot_water_temperature',
    'Hot Water Temperature',
    (view) => hasHotWater(view) && view.device.has_hot_water_temperature === true,
    1,
  ),
  switchSetting('hot_water_away_enabled', 'Hot Water in Eco', 'mdi:water-boiler', hasHotWater),
]

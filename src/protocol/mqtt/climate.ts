import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { MAX_SETPOINT_C, MIN_SETPOINT_C } from '../setpoint.ts'
import { capabilities, type DeviceView } from '../view/device-view.ts'
import { ecoMode, ecoTarget, isAutoAway, isAway, isEco } from '../view/eco-state.ts'
import { reportedMode, type WireMode } from '../view/own-forms.ts'
import { command, type Instruction } from './entity.ts'
import { fanIsOn } from './fan.ts'
import { NO_VALUE, numberPayload, readNumber } from './payload.ts'
import { commandTopic, stateTopic } from './topics.ts'

/** The object id in the climate entity's discovery topic; its unique id does not end with it. */
export const CLIMATE_OBJECT = 'thermostat'

const MODES: Readonly<Record<WireMode, string>> = {
  off: 'off',
  heat: 'heat',
  cool: 'cool',
  range: 'heat_cool',
  // Home Assistant has no such mode; the switch "Emergency Heat" shows the difference.
  emergency: 'heat',
}

const HEATING = [
  'hvac_heater_state',
  'hvac_heat_x2_state',
  'hvac_heat_x3_state',
  'hvac_aux_heater_state',
  'hvac_alt_heat_state',
  'hvac_alt_heat_x2_state',
  'hvac_emer_heat_state',
]
const COOLING = ['hvac_ac_state', 'hvac_cool_x2_state', 'hvac_cool_x3_state']

/** The mode in Home Assistant's words; undefined while the thermostat has not reported one. */
export function climateMode(view: DeviceView): string | undefined {
  const mode = reportedMode(view)
  return mode === undefined ? undefined : MODES[mode]
}

/** The names for heating, cooling and both, without those that the thermostat cannot do. */
export function ableModes(view: DeviceView, heat: string, cool: string, both: string): string[] {
  const { can_heat, can_cool } = capabilities(view)
  const modes = [can_heat && heat, can_cool && cool, can_heat && can_cool && both]
  return modes.filter((mode) => mode !== false)
}

function action(view: DeviceView): string | undefined {
  const isRunning = (fields: readonly string[]): boolean =>
    fields.some((field) => view.shared[field] === true)
  const mode = climateMode(view)
  // Without a mode, Home Assistant would show a thermostat that is off.
  if (mode === undefined || mode === 'off') return mode
  if (isRunning(HEATING)) return 'heating'
  if (isRunning(COOLING)) return 'cooling'
  return isRunning(['hvac_fan_state']) || fanIsOn(view) ? 'fan' : 'idle'
}

function preset(view: DeviceView): string {
  // What a person commanded comes first, as the existing server has it.
  if (isAway(view)) return 'away'
  if (ecoMode(view) === 'manual-eco') return 'eco'
  if (isAutoAway(view)) return 'away'
  return isEco(view) ? 'eco' : 'home'
}

/**
 * Those that do not belong to the mode have no value: Home Assistant would show both sliders. In eco they
 * are the eco temperatures, as on the thermostat.
 */
function setpoints(view: DeviceView): Record<string, string | undefined> {
  const { shared, device } = view
  const able = capabilities(view)
  const mode = climateMode(view)
  const range = mode === 'heat_cool'
  const showsEco = isEco(view) && mode !== undefined && mode !== 'off'
  const eco = showsEco ? ecoSetpoints(view) : undefined
  const value = (field: string, belongs: boolean): string | undefined => {
    if (!belongs) return NO_VALUE
    if (eco !== undefined) return numberPayload(eco[field]) ?? NO_VALUE
    return numberPayload(shared[field] ?? device[field])
  }
  const single = { target_temperature: value('target_temperature', !range) }
  if (!able.can_heat || !able.can_cool) return single
  return {
    ...single,
    target_temperature_low: value('target_temperature_low', range),
    target_temperature_high: value('target_temperature_high', range),
  }
}

/** The eco temperatures by the setpoint that they stand for; none for a bound that is switched off. */
function ecoSetpoints(view: DeviceView): JsonObject {
  const target = ecoTarget(view)
  return isObject(target)
    ? { target_temperature_low: target.low, target_temperature_high: target.high }
    : { target_temperature: target }
}

/** The payloads of the climate entity's `ha/…` topics; undefined where nothing is known. */
export function climateStates(view: DeviceView): Record<string, string | undefined> {
  const { shared, device } = view
  return {
    current_temperature: numberPayload(shared.current_temperature ?? device.current_temperature),
    current_humidity: numberPayload(device.current_humidity),
    ...setpoints(view),
    mode: climateMode(view),
    action: action(view),
    fan_mode: capabilities(view).has_fan ? (fanIsOn(view) ? 'on' : 'auto') : undefined,
    preset: preset(view),
    occupancy: isAway(view) || isAutoAway(view) ? 'away' : 'home',
  }
}

/**
 * The fields of the climate entity's configuration beyond those that all entities have. The topics of
 * the temperature are there in every mode, because strict consumers refuse the entity without them.
 */
export function climateConfig(view: DeviceView, prefix: string): JsonObject {
  const able = capabilities(view)
  const state = (name: string): string => stateTopic(prefix, view.serial, name)
  const set = (name: string): string => commandTopic(prefix, view.serial, name)
  /** The topics of a field of the entity. */
  const topics = (field: string, name = field): JsonObject => ({
    [`${field}_state_topic`]: state(name),
    [`${field}_command_topic`]: set(name),
  })
  const range = {
    ...topics('temperature_low', 'target_temperature_low'),
    ...topics('temperature_high', 'target_temperature_high'),
  }
  return {
    // Home Assistant then shows the name of the device.
    name: null,
    temperature_unit: 'C',
    precision: 0.1,
    temp_step: 0.5,
    min_temp: MIN_SETPOINT_C,
    max_temp: MAX_SETPOINT_C,
    current_temperature_topic: state('current_temperature'),
    current_humidity_topic: state('current_humidity'),
    ...topics('mode'),
    modes: ['off', ...ableModes(view, 'heat', 'cool', 'heat_cool')],
    action_topic: state('action'),
    ...topics('temperature', 'target_temperature'),
    ...(able.can_heat && able.can_cool ? range : {}),
    ...(able.has_fan ? { ...topics('fan_mode'), fan_modes: ['auto', 'on'] } : {}),
    ...topics('preset_mode', 'preset'),
    preset_modes: ['home', 'away', 'eco'],
    optimistic: false,
    qos: 1,
  }
}

/** In °C; the command checks the range. */
function degrees(payload: string): number {
  return readNumber(
    payload,
    `a temperature is a plain number from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} °C, without a sign`,
  )
}

function away(payload: string): boolean {
  const word = payload.trim().toLowerCase()
  // Home Assistant offers "none" by itself, whatever the list says.
  if (word === 'home' || word === 'none') return false
  // The thermostat goes to eco for both: it has no other way of being away.
  if (word === 'away' || word === 'eco') return true
  throw new NleError('invalid', 'preset is home, away, eco or none')
}

/** The command topics of the climate entity, and the instruction for a payload. */
export const CLIMATE_COMMANDS: Readonly<Record<string, (payload: string) => Instruction>> = {
  mode: (payload) => command('set_mode', payload.trim()),
  target_temperature: (payload) => command('set_temperature', degrees(payload)),
  target_temperature_low: (payload) => command('set_temperature', { low: degrees(payload) }),
  target_temperature_high: (payload) => command('set_temperature', { high: degrees(payload) }),
  fan_mode: (payload) => command('set_fan', payload.trim().toLowerCase()),
  preset: (payload) => command('set_away', away(payload)),
}

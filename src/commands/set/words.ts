import { NleError } from '../../errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../protocol/bucket.ts'
import { closest } from '../../protocol/closest.ts'
import { ECO_RANGE_C, MAX_SETPOINT_C, MIN_SETPOINT_C } from '../../protocol/setpoint.ts'
import type { Scale } from '../client/answers.ts'
import { modeName } from '../format/mode-name.ts'
import { temperature } from '../format/units.ts'

import { readFan, readSetting, readSwitch, readTemperature } from './values.ts'

/** A command for a thermostat, and its name in messages. */
export interface LabelledCommand {
  readonly command: string
  readonly value: JsonValue
  readonly label: string
}

/** The properties that can be set, as help and messages name them. */
export const PROPERTIES = [
  'temperature',
  'low',
  'high',
  'mode',
  'away',
  'fan',
  'eco-low',
  'eco-high',
  'setting',
] as const

const MODES = ['off', 'heat', 'cool', 'heat-cool', 'emergency']
/** What the thermostat and other systems call heat-cool. */
const OTHER_MODES = ['range', 'auto', 'heat_cool']
const ALIASES: Readonly<Record<string, string>> = { temp: 'temperature', settings: 'setting' }

/**
 * The commands of a line such as `temperature 21.5`, `low 19 high 24`, `mode heat fan 45m` or
 * `setting target_humidity=40`, in its order. Bounds that belong together become one command.
 *
 * @param scale - of the thermostat's own screen, for numbers without a unit
 * @throws NleError `invalid`
 */
export function readCommands(words: readonly string[], scale: Scale): LabelledCommand[] {
  const wanted = new Map<string, LabelledCommand>()
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = word.toLowerCase()
    const property = ALIASES[name] ?? name
    const value = rest.shift()
    if (value === undefined || !isProperty(property)) throw refuse(word, value)
    const key = groupOf(property)
    wanted.set(key, merged(wanted.get(key), read(property, value, scale)))
    // `setting a=1 b=2`
    while (property === 'setting' && rest[0]?.includes('=') === true) {
      wanted.set(key, merged(wanted.get(key), read(property, rest.shift() ?? '', scale)))
    }
  }
  if (wanted.size === 0) throw refuse(undefined, undefined)
  return [...wanted.values()]
}

type Property = (typeof PROPERTIES)[number]

function isProperty(name: string): name is Property {
  return (PROPERTIES as readonly string[]).includes(name)
}

/** Properties of one group are one command. */
function groupOf(property: Property): string {
  if (property === 'low' || property === 'high') return 'range'
  if (property === 'eco-low' || property === 'eco-high') return 'eco'
  return property
}

/** Checked here as well, so that the refusal names what was typed. */
function readSetpoint(property: Property, written: string, scale: Scale) {
  const degrees = readTemperature(property, written, scale)
  const { min, max } = limitsOf(property)
  if (degrees < min || degrees > max) {
    throw new NleError(
      'invalid',
      `${property} goes from ${min} to ${max} °C (${fahrenheit(min)} to ${fahrenheit(max)} °F), not "${written}".`,
    )
  }
  return { value: degrees, label: `${property} ${temperature(degrees, scale)}` }
}

/** To a tenth: in whole degrees, a limit could be a value that is refused. */
function fahrenheit(celsius: number): number {
  return Math.round(celsius * 18 + 320) / 10
}

/** °C */
function limitsOf(property: Property): { readonly min: number; readonly max: number } {
  if (property === 'eco-low') return ECO_RANGE_C.low
  return property === 'eco-high' ? ECO_RANGE_C.high : { min: MIN_SETPOINT_C, max: MAX_SETPOINT_C }
}

function read(property: Property, written: string, scale: Scale): LabelledCommand {
  switch (property) {
    case 'temperature':
      return { command: 'set_temperature', ...readSetpoint(property, written, scale) }
    case 'low':
    case 'high': {
      const { value, label } = readSetpoint(property, written, scale)
      return { command: 'set_temperature', value: { [property]: value }, label }
    }
    case 'eco-low':
    case 'eco-high': {
      const { value, label } = readSetpoint(property, written, scale)
      const bound = property === 'eco-low' ? 'low' : 'high'
      return { command: 'set_eco_temperatures', value: { [bound]: value }, label }
    }
    case 'mode': {
      const value = written.toLowerCase()
      if (!MODES.includes(value) && !OTHER_MODES.includes(value)) {
        const hint = value === 'eco' ? ' Eco is switched with "away on".' : ''
        throw new NleError('invalid', `mode is ${MODES.join(', ')}, not "${written}".${hint}`)
      }
      return { command: 'set_mode', value, label: `mode ${modeName(value)}` }
    }
    case 'away': {
      const value = readSwitch('away', written)
      return { command: 'set_away', value, label: `away ${value ? 'on' : 'off'}` }
    }
    case 'fan':
      return { command: 'set_fan', ...readFan(written) }
    case 'setting': {
      const value = readSetting(written, scale)
      return { command: 'set_device_setting', value, label: describe(value) }
    }
  }
}

/** Two commands as one: fields are merged, else the later command counts. */
function merged(before: LabelledCommand | undefined, next: LabelledCommand): LabelledCommand {
  if (before === undefined || !isObject(before.value) || !isObject(next.value)) return next
  return {
    command: next.command,
    value: { ...before.value, ...next.value },
    label: `${before.label}, ${next.label}`,
  }
}

function describe(fields: JsonObject): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field}=${String(value)}`)
    .join(', ')
}

function refuse(word: string | undefined, value: string | undefined): NleError {
  const all = PROPERTIES.join(', ')
  if (word === undefined) {
    return new NleError(
      'invalid',
      `Say what to set, for example "temperature 21.5". There is ${all}.`,
    )
  }
  const name = word.toLowerCase()
  return isProperty(ALIASES[name] ?? name) && value === undefined
    ? new NleError('invalid', `"${word}" needs a value after it; "nle help set" has examples.`)
    : new NleError(
        'invalid',
        `"${word}" is nothing that can be set. ${meant(word) ?? `There is ${all}.`}`,
      )
}

function meant(word: string): string | undefined {
  const property = closest(word, PROPERTIES)
  return property === undefined ? undefined : `Did you mean ${property}?`
}

import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../../protocol/bucket.ts'
import { setpointC } from '../../protocol/setpoint.ts'
import type { Scale } from '../client/answers.ts'
import { modeName } from '../format/mode-name.ts'
import { temperature } from '../format/temperature.ts'
import { closest } from '../usage.ts'
import { readSetting } from './setting.ts'
import { readFan, readSwitch, readTemperature } from './values.ts'

/** One command to give, and how it is called in what people are told. */
export interface Wanted {
  readonly command: string
  readonly value: JsonValue
  readonly says: string
}

/** What can be set, for help and messages. */
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
/** What the thermostat and other systems call it. */
const OTHER_MODES = ['range', 'auto', 'heat_cool']
const ALIASES: Readonly<Record<string, string>> = { temp: 'temperature', settings: 'setting' }

/**
 * What a person wants set, in the order it was said: `temperature 21.5`, `low 19 high 24`,
 * `mode heat`, `fan 45m`, `setting target_humidity=40`, and any of them together. Bounds that belong
 * together become one command.
 *
 * @param scale - of the thermostat's own screen, for numbers without a unit
 * @throws NleError `invalid`
 */
export function readWanted(words: readonly string[], scale: Scale): Wanted[] {
  const wanted = new Map<string, Wanted>()
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

/** As the server takes it, so that what is said afterwards is what was set. */
function readSetpoint(property: Property, written: string, scale: Scale) {
  const asked = readTemperature(property, written, scale)
  const value = setpointC(property, asked)
  const moved = value === asked ? '' : ` (the ${value < asked ? 'highest' : 'lowest'} possible)`
  return { value, says: `${property} ${temperature(value, scale)}${moved}` }
}

function read(property: Property, written: string, scale: Scale): Wanted {
  switch (property) {
    case 'temperature':
      return { command: 'set_temperature', ...readSetpoint(property, written, scale) }
    case 'low':
    case 'high': {
      const { value, says } = readSetpoint(property, written, scale)
      return { command: 'set_temperature', value: { [property]: value }, says }
    }
    case 'eco-low':
    case 'eco-high': {
      const { value, says } = readSetpoint(property, written, scale)
      const bound = property === 'eco-low' ? 'low' : 'high'
      return { command: 'set_eco_temperatures', value: { [bound]: value }, says }
    }
    case 'mode': {
      const value = written.toLowerCase()
      if (!MODES.includes(value) && !OTHER_MODES.includes(value)) {
        const hint = value === 'eco' ? ' Eco is switched with "away on".' : ''
        throw new NleError('invalid', `mode is ${MODES.join(', ')}, not "${written}".${hint}`)
      }
      return { command: 'set_mode', value, says: `mode ${modeName(value)}` }
    }
    case 'away': {
      const value = readSwitch('away', written)
      return { command: 'set_away', value, says: `away ${value ? 'on' : 'off'}` }
    }
    case 'fan':
      return { command: 'set_fan', ...readFan(written) }
    case 'setting': {
      const value = readSetting(written, scale)
      return { command: 'set_device_setting', value, says: describe(value) }
    }
  }
}

/** Two values of one command as one; said twice, the later one counts. */
function merged(before: Wanted | undefined, next: Wanted): Wanted {
  if (before === undefined || !isFields(before.value) || !isFields(next.value)) return next
  return {
    command: next.command,
    value: { ...before.value, ...next.value },
    says: `${before.says}, ${next.says}`,
  }
}

function isFields(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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

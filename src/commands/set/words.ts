import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { alike, closest } from '../../protocol/closest.ts'
import { DEVICE_SETTINGS } from '../../protocol/commands/device-settings.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { ECO_RANGE_C, limits, MAX_SETPOINT_C, MIN_SETPOINT_C } from '../../protocol/setpoint.ts'
import { modeName } from '../format/mode-name.ts'
import { temperature } from '../format/units.ts'
import type { LabelledCommand } from './labelled-command.ts'
import { isStep, MAX_STEP, readStep } from './steps.ts'
import { isSwitch, readFan, readSetting, readSwitch, readTemperature } from './values.ts'

/** The properties that can be set, as help and messages name them. */
export const PROPERTIES = [
  'temperature',
  'warmer',
  'cooler',
  'low',
  'high',
  'mode',
  'away',
  'eco',
  'fan',
  'eco-low',
  'eco-high',
  'setting',
] as const

export const MODES = ['off', 'heat', 'cool', 'heat-cool', 'emergency']
/** What the thermostat and other systems call heat-cool. */
export const OTHER_MODES = ['range', 'auto', 'heat_cool']
export const ALIASES: Readonly<Record<string, string>> = {
  temp: 'temperature',
  settings: 'setting',
}

/** Words that say all by themselves, and what they stand for. `auto` is none: it may mean the fan. */
export const ALONE: Readonly<Record<string, readonly [property: Property, value: string]>> = {
  ...Object.fromEntries(
    [...MODES, 'range', 'heat_cool'].map((mode) => [mode, ['mode', mode] as const]),
  ),
  home: ['away', 'off'],
}

/**
 * The commands of a line such as `21.5`, `heat 21`, `low 19 high 24`, `mode heat fan 45m` or
 * `setting target_humidity=40`, in its order. Bounds that belong together become one command. A step
 * (`warmer 1`) has to be taken with `takeStep`.
 *
 * @param scale - of the thermostat's own screen, for numbers without a unit
 * @param typed - the command line before the words, for hints: `nle set hallway`
 * @throws NleError `invalid`
 */
export function readCommands(
  words: readonly string[],
  scale: Scale,
  typed: string = 'nle set <device>',
): LabelledCommand[] {
  const wanted = new Map<string, LabelledCommand>()
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { property, value } = phrase(word, rest, typed)
    const key = groupOf(property)
    const next = read(property, value, scale, typed)
    if (wanted.has(key) && (isNumber(word) || isStep(next))) throw onlyOne()
    wanted.set(key, merged(wanted.get(key), next))
    // `setting a=1 b=2`
    while (property === 'setting' && rest[0]?.includes('=') === true) {
      wanted.set(key, merged(wanted.get(key), read(property, rest.shift() ?? '', scale, typed)))
    }
  }
  if (wanted.size === 0) throw refuse(undefined, undefined)
  refuseMixedSteps([...wanted.values()])
  return [...wanted.values()]
}

export type Property = (typeof PROPERTIES)[number]

export function isProperty(name: string): name is Property {
  return (PROPERTIES as readonly string[]).includes(name)
}

/** Anything that begins as a number does, with a sign or without. */
function isNumber(word: string): boolean {
  return /^[+-]*[.,]?\d/.test(word)
}

/** The property that a word names or stands for, and its value, which may be the next word. */
function phrase(
  word: string,
  rest: string[],
  typed: string,
): { property: Property; value: string } {
  const name = word.toLowerCase()
  const alone = Object.hasOwn(ALONE, name) ? ALONE[name] : undefined
  if (alone !== undefined) return { property: alone[0], value: alone[1] }
  if (isNumber(word)) return { property: 'temperature', value: word }
  const property = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name
  const [next] = rest
  const isBareAway =
    (property === 'away' || property === 'eco') && (next === undefined || begins(next))
  if (isBareAway) return { property, value: 'on' }
  rest.shift()
  if (next === undefined || !isProperty(property)) throw refuse(word, next, typed)
  return { property, value: next }
}

/** Whether a word begins a new phrase: it is no value of `away` or `eco`. */
function begins(word: string): boolean {
  const name = word.toLowerCase()
  if (isSwitch(name)) return false
  return Object.hasOwn(ALONE, name) || isNumber(name) || isProperty(ALIASES[name] ?? name)
}

/** Properties of one group are one command. */
function groupOf(property: Property): string {
  if (property === 'low' || property === 'high') return 'range'
  if (property === 'eco-low' || property === 'eco-high') return 'eco temperatures'
  if (property === 'away' || property === 'eco') return 'away'
  return property
}

/** A step goes from the temperature that counts, so the line may not set another one. */
function refuseMixedSteps(wanted: readonly LabelledCommand[]): void {
  const steps = wanted.filter(isStep).length
  const sets = wanted.some(({ command }) => command === 'set_temperature')
  if (steps > 1 || (steps === 1 && sets)) throw onlyOne()
}

function onlyOne(): NleError {
  return new NleError(
    'invalid',
    'There are several temperatures. Say one, such as "21" or "warmer 1"; for heat-cool, write "low 19 high 24".',
  )
}

/** Checked here as well, so that the refusal names what was typed. */
function readSetpoint(property: Property, written: string, scale: Scale, typed: string) {
  const { min, max } = limitsOf(property)
  const refused = (hint: string): NleError =>
    new NleError(
      'invalid',
      `${property} goes ${limits(min, max)}, not "${written}".${property === 'temperature' ? hint : ''}`,
    )
  if (/^\s*[+-]/.test(written)) throw refused(stepHint(written, typed))
  const degrees = readTemperature(property, written, scale)
  if (degrees < min || degrees > max) throw refused(degrees < min ? stepHint(written, typed) : '')
  return { value: degrees, label: `${property} ${temperature(degrees, scale)}` }
}

/** What a person may have meant by `+1`, `--1`, `2` or `0`. */
function stepHint(written: string, typed: string): string {
  const [, signs = '', text = ''] = /^\s*([+-]*)(.*)$/.exec(written) ?? []
  const by = Number(text.replace(',', '.'))
  if (by === 0) return ` To switch it off: ${typed} off.`
  if (by > 0 && by <= MAX_STEP) {
    const word = signs.includes('-') ? 'cooler' : 'warmer'
    return ` To make it ${word} by ${text}: ${typed} ${word} ${text}.`
  }
  return signs === '' ? '' : ` Write it without the sign.`
}

/** °C */
function limitsOf(property: Property): { readonly min: number; readonly max: number } {
  if (property === 'eco-low') return ECO_RANGE_C.low
  return property === 'eco-high' ? ECO_RANGE_C.high : { min: MIN_SETPOINT_C, max: MAX_SETPOINT_C }
}

function read(property: Property, written: string, scale: Scale, typed: string): LabelledCommand {
  switch (property) {
    case 'temperature':
      return { command: 'set_temperature', ...readSetpoint(property, written, scale, typed) }
    case 'warmer':
    case 'cooler':
      return readStep(property, written, scale)
    case 'low':
    case 'high': {
      const { value, label } = readSetpoint(property, written, scale, typed)
      return { command: 'set_temperature', value: { [property]: value }, label }
    }
    case 'eco-low':
    case 'eco-high': {
      const { value, label } = readSetpoint(property, written, scale, typed)
      const bound = property === 'eco-low' ? 'low' : 'high'
      return { command: 'set_eco_temperatures', value: { [bound]: value }, label }
    }
    case 'mode': {
      const value = written.toLowerCase()
      if (!MODES.includes(value) && !OTHER_MODES.includes(value)) {
        const hint = value === 'eco' ? ' Eco is switched with "eco on".' : ''
        throw new NleError('invalid', `mode is ${MODES.join(', ')}, not "${written}".${hint}`)
      }
      return { command: 'set_mode', value, label: `mode ${modeName(value)}` }
    }
    case 'away':
    case 'eco': {
      const value = readSwitch(property, written)
      return { command: 'set_away', value, label: `${property} ${value ? 'on' : 'off'}` }
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

function refuse(word: string | undefined, value: string | undefined, typed: string = ''): NleError {
  const all = PROPERTIES.join(', ')
  if (word === undefined) {
    return new NleError(
      'invalid',
      `Say what to set, for example "21.5", "heat" or "away". There is ${all}.`,
    )
  }
  const name = word.toLowerCase()
  return isProperty(ALIASES[name] ?? name) && value === undefined
    ? new NleError('invalid', `"${word}" needs a value after it; "nle help set" has examples.`)
    : new NleError(
        'invalid',
        `"${word}" is nothing that can be set. ${meant(word, value, typed) ?? `There is ${all}.`}`,
      )
}

/** Words that people say and that leave open what is meant. */
const OPEN: Readonly<Record<string, string>> = {
  on: 'Say the mode: heat, cool or heat-cool.',
  auto: 'Say "heat-cool", or "fan auto".',
  f: 'Write number and unit as one word, such as 70F.',
  c: 'Write number and unit as one word, such as 21C.',
}

function meant(word: string, value: string | undefined, typed: string): string | undefined {
  const name = word.toLowerCase().replace('°', '')
  if (Object.hasOwn(OPEN, name)) return OPEN[name]
  if (word.includes('=')) return `Write: ${typed} setting ${word}.`
  if (value !== undefined && isNumber(value) && /^(to|at|by)$/.test(name)) {
    return `Write: ${typed} ${value}.`
  }
  const near = closest(word, [...PROPERTIES, ...Object.keys(ALONE)])
  if (near !== undefined) return `Did you mean ${near}?`
  const [setting] = alike(word, Object.keys(DEVICE_SETTINGS))
  return setting === undefined
    ? undefined
    : `Did you mean the setting ${setting}? Write: ${typed} setting ${setting}=${value ?? '…'}.`
}

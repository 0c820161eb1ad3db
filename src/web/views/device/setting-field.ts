import type { JsonValue } from '../../../protocol/bucket.ts'
import type { DeviceSetting } from '../../../protocol/commands/device-settings.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { MAX_SETPOINT_C, MIN_SETPOINT_C } from '../../../protocol/setpoint.ts'
import { numberText, onGrid, toCelsius } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'

const { device: texts } = TEXTS

/** A number in a unit that people read, and how it becomes the number of the thermostat and back. */
interface NumberField {
  readonly kind: 'number'
  readonly min: number
  readonly max: number
  /** As it stands behind the number: ` °C`, ` min`. */
  readonly unit: string
  readonly isWhole: boolean
  readonly toShown: (wire: number) => number
  readonly toWire: (shown: number) => number
}

/** How a person enters a setting. */
export type SettingField =
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'text'; readonly maxLength: number }
  /** A time of day. */
  | { readonly kind: 'time' }
  /** A day; stored as Unix seconds. */
  | { readonly kind: 'date' }
  | NumberField

/** What was entered: a value for the thermostat, or why it is none. */
export type Entered = { readonly value: JsonValue } | { readonly wrong: string }

/** Units of the thermostat that people do not count in: how many of them one of theirs has. */
const LARGER_UNITS: Readonly<Record<string, readonly [size: number, unit: string]>> = {
  s: [60, 'min'],
  's per hour': [60, 'min per hour'],
  's of running': [3600, 'h of running'],
}

export function fieldFor(setting: DeviceSetting, scale: Scale): SettingField {
  switch (setting.type) {
    case 'boolean':
      return { kind: 'switch' }
    case 'enum':
      return { kind: 'choice', values: setting.values }
    case 'string':
      return { kind: 'text', maxLength: setting.maxLength }
    case 'setpoint':
      return temperatureField(MIN_SETPOINT_C, MAX_SETPOINT_C, scale)
    default:
      if (setting.unit === '°C') return temperatureField(setting.min, setting.max, scale)
      if (setting.unit === 'Unix s') return { kind: 'date' }
      if (setting.unit === 's from midnight') return { kind: 'time' }
      return plainField(setting)
  }
}

function temperatureField(minC: number, maxC: number, scale: Scale): NumberField {
  if (scale === 'C') {
    const same = (celsius: number) => celsius
    const toShown = (celsius: number) => Math.round(celsius * 10) / 10
    return {
      kind: 'number',
      min: minC,
      max: maxC,
      unit: ' °C',
      isWhole: false,
      toShown,
      toWire: same,
    }
  }
  return {
    kind: 'number',
    // Whole degrees within the limits, not beside them.
    min: Math.ceil(minC * 1.8 + 32),
    max: Math.floor(maxC * 1.8 + 32),
    unit: ' °F',
    isWhole: true,
    toShown: (celsius) => onGrid(celsius, 'F'),
    toWire: (shown) => toCelsius(shown, 'F'),
  }
}

function plainField({
  type,
  min,
  max,
  unit = '',
}: Extract<DeviceSetting, { readonly min: number }>): NumberField {
  const [size, name] = LARGER_UNITS[unit] ?? [1, unit]
  return {
    kind: 'number',
    min: Math.ceil(min / size),
    max: Math.floor(max / size),
    unit: name === '' ? '' : ` ${name}`,
    isWhole: type === 'integer' || size > 1,
    toShown: (wire) => Math.round((wire / size) * 10) / 10,
    toWire: (shown) => shown * size,
  }
}

/** `4.5 to 21 °C`; undefined for what has no range. */
export function rangeText(field: SettingField, locale?: string): string | undefined {
  if (field.kind !== 'number') return undefined
  return texts.range(numberText(field.min, locale), numberText(field.max, locale), field.unit)
}

/** What stands in the field for a value of the thermostat; empty for one that is not known or odd. */
export function textIn(field: SettingField, value: JsonValue | undefined): string {
  if (field.kind === 'text' || field.kind === 'choice')
    return typeof value === 'string' ? value : ''
  if (typeof value !== 'number') return ''
  if (field.kind === 'number') return editable(field.toShown(value))
  if (field.kind === 'time') return timeOfDay(value)
  return field.kind === 'date' && value > 0 ? dayOf(value) : ''
}

/** Reads what was entered. */
export function entered(field: SettingField, text: string): Entered {
  switch (field.kind) {
    case 'number':
      return enteredNumber(field, text)
    case 'time': {
      const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(text) ?? []
      return hours === undefined
        ? { wrong: texts.wrongTime }
        : { value: Number(hours) * 3600 + Number(minutes) * 60 }
    }
    case 'date': {
      const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
      if (year === undefined) return { wrong: texts.wrongDate }
      return { value: new Date(Number(year), Number(month) - 1, Number(day)).getTime() / 1000 }
    }
    case 'switch':
      return { value: text === 'on' }
    default:
      return { value: text }
  }
}

function enteredNumber(field: NumberField, text: string): Entered {
  const written = text.trim().replace(',', '.').replace('−', '-')
  const number = written === '' ? Number.NaN : Number(written)
  const fits =
    number >= field.min && number <= field.max && (!field.isWhole || Number.isInteger(number))
  return fits ? { value: field.toWire(number) } : { wrong: texts.wrong(rangeText(field) ?? '') }
}

/** A value in words, as a list of changes has it. */
export function valueText(setting: DeviceSetting, value: JsonValue, scale: Scale): string {
  const field = fieldFor(setting, scale)
  if (typeof value === 'boolean') return value ? texts.on : texts.off
  if (field.kind === 'choice') return choiceText(String(value))
  if (field.kind === 'number' && typeof value === 'number') {
    return `${numberText(field.toShown(value))}${field.unit}`
  }
  return textIn(field, value)
}

/** `max-savings` as people write it. */
export function choiceText(value: string): string {
  const words = value.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The label of a setting below the name of its group: `Eco: heat below` is `Heat below` there. */
export function labelIn(group: string, { label }: DeviceSetting): string {
  const own = label.startsWith(`${group}: `) ? label.slice(group.length + 2) : label
  return own.charAt(0).toUpperCase() + own.slice(1)
}

/** A number as it is edited: with the locale's decimal mark, without marks for thousands. */
function editable(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: 1, useGrouping: false })
}

function timeOfDay(seconds: number): string {
  const two = (count: number) => String(Math.floor(count)).padStart(2, '0')
  return `${two(seconds / 3600)}:${two((seconds % 3600) / 60)}`
}

function dayOf(unixS: number): string {
  const day = new Date(unixS * 1000)
  const two = (count: number) => String(count).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

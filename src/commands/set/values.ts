import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../../protocol/bucket.ts'
import { DEVICE_SETTINGS } from '../../protocol/commands/device-settings.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { HOTTEST_SLIP_C, parseTemperature } from '../../protocol/setpoint.ts'
import { MAX_FAN_S } from '../../protocol/view/fan-duration.ts'
import { exactDuration } from '../format/units.ts'

const ON: ReadonlySet<string> = new Set(['on', 'true', 'yes', '1'])
const OFF: ReadonlySet<string> = new Set(['off', 'false', 'no', '0'])

export function isSwitch(word: string): boolean {
  return ON.has(word) || OFF.has(word)
}

/** @throws NleError `invalid` */
export function readSwitch(property: string, written: string): boolean {
  const word = written.toLowerCase()
  if (ON.has(word)) return true
  if (OFF.has(word)) return false
  throw new NleError('invalid', `${property} is on or off, not "${written}".`)
}

const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600 }

/**
 * `on`, `auto`, or how long from now: `45m`, `2h`, `1h30m`.
 *
 * @throws NleError `invalid`
 */
export function readFan(written: string): { value: string | number; label: string } {
  const word = written.toLowerCase()
  if (word === 'on') return { value: 'on', label: 'fan on' }
  if (word === 'auto' || word === 'off') return { value: 'auto', label: 'fan auto' }
  const seconds = readDuration(word)
  if (seconds === undefined || seconds < 1 || seconds > MAX_FAN_S) {
    throw new NleError(
      'invalid',
      `fan is on, auto, or a time of up to ${MAX_FAN_S / 3600} hours such as 45m or 2h, not "${written}".`,
    )
  }
  return { value: seconds, label: `fan on for ${exactDuration(seconds)}` }
}

/** Seconds; undefined without a unit, because people mean minutes and programs seconds. */
function readDuration(text: string): number | undefined {
  if (!/^(\d{1,6}(h|min|m|s))+$/.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(h|min|m|s)/g)) {
    seconds += Number(count) * (UNITS_S[unit ?? ''] ?? 0)
  }
  return seconds
}

/**
 * A temperature as people write it, in °C: `21.5`, `21C`, `70F`. A number alone is Celsius; on a
 * thermostat that shows Fahrenheit, one that can only be Fahrenheit is taken as such.
 *
 * @throws NleError `invalid`
 */
export function readTemperature(property: string, written: string, scale: Scale): number {
  const alone = /^\d+([.,]\d+)?$/.test(written.trim())
  const text = written.trim().replace(',', '.')
  const celsius = parseTemperature(text)
  if (celsius === undefined) {
    const range = /^\d+(?:\.\d+)?\s*(?:-|–|\.\.)\s*\d/.test(text)
      ? ' For heat-cool, write "low 19 high 24".'
      : ''
    throw new NleError(
      'invalid',
      `${property} is a temperature like 21.5, 21C or 70F, not "${written}".${range}`,
    )
  }
  if (!alone || celsius <= HOTTEST_SLIP_C) return celsius
  const fahrenheit = parseTemperature(`${text}F`)
  if (scale === 'F' && fahrenheit !== undefined) return fahrenheit
  throw new NleError(
    'invalid',
    `${property} ${text} °C is too hot for a home. If it is Fahrenheit, write ${text}F.`,
  )
}

/**
 * Reads `key=value`, with the value in the setting's own type. The server decides whether it is
 * allowed.
 *
 * @throws NleError `invalid`
 */
export function readSetting(written: string, scale: Scale): JsonObject {
  const [, key = '', text = ''] = /^([^=\s]+)=(.*)$/s.exec(written) ?? []
  if (key === '') {
    throw new NleError(
      'invalid',
      `setting takes key=value, such as target_humidity=40, not "${written}".`,
    )
  }
  return { [key]: readValue(key, text, scale) }
}

function readValue(key: string, text: string, scale: Scale): JsonValue {
  const setting = Object.hasOwn(DEVICE_SETTINGS, key) ? DEVICE_SETTINGS[key] : undefined
  switch (setting?.type) {
    case 'boolean':
      return readSwitch(key, text)
    case 'setpoint':
    case 'temperature':
      return readTemperature(key, text, scale)
    case 'number':
    case 'integer': {
      const number = Number(text)
      if (text.trim() === '' || Number.isNaN(number)) {
        throw new NleError('invalid', `${key} is a number, not "${text}".`)
      }
      return number
    }
    case 'string':
    case 'enum':
      return text
    case undefined:
      // Unknown here: the server decides.
      return /^(true|false|-?\d+(\.\d+)?)$/.test(text) ? (JSON.parse(text) as JsonValue) : text
  }
}

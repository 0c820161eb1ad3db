import type { JsonValue } from '../bucket.ts'

/** What Home Assistant takes for "this has no value now". */
export const NOTHING = 'None'

/** A number as a payload; two digits are more than any sensor of a thermostat can tell. */
export function numberPayload(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return String(Math.round(value * 100) / 100)
}

/** A yes or no as the existing server writes it. */
export function flagPayload(value: unknown): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined
}

/** A yes or no as switches of Home Assistant have it by default. */
export function switchPayload(value: unknown): string | undefined {
  return typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : undefined
}

/** A plain decimal number; undefined for anything else, the empty text among it. */
export function readNumber(payload: string): number | undefined {
  const text = payload.trim()
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) && text.length <= 20 ? Number(text) : undefined
}

/** A yes or no in the spellings of Home Assistant, of Python and of JSON. */
export function readFlag(payload: string): boolean | undefined {
  const word = payload.trim().toLowerCase()
  if (word === 'on' || word === 'true') return true
  if (word === 'off' || word === 'false') return false
  return undefined
}

/** JSON where it is JSON, a yes or no as Python writes it, else the text itself. */
export function readLoose(payload: string): JsonValue {
  try {
    return JSON.parse(payload) as JsonValue
  } catch {
    if (payload === 'True') return true
    return payload === 'False' ? false : payload
  }
}

import { NleError } from '../../errors.ts'
import type { JsonValue } from '../bucket.ts'
import { jsonIn } from '../input.ts'

/** Home Assistant's payload for a state without a value. */
export const NO_VALUE = 'None'

/** A number as a payload, with two decimals at most: the sensors are not more exact. */
export function numberPayload(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  return String(Math.round(value * 100) / 100)
}

/** A boolean as the existing server writes it. */
export function flagPayload(value: unknown): string | undefined {
  return typeof value === 'boolean' ? String(value) : undefined
}

/** A boolean as Home Assistant's switches expect it by default. */
export function switchPayload(value: unknown): string | undefined {
  return typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : undefined
}

/**
 * A plain decimal number. One with a sign is refused: by `+1` people mean a step, and nothing that can be set
 * over MQTT is below zero.
 *
 * @throws NleError `invalid` with the message `refusal`
 */
export function readNumber(payload: string, refusal: string): number {
  const text = payload.trim()
  if (/^(\d+(\.\d*)?|\.\d+)$/.test(text) && text.length <= 20) return Number(text)
  throw new NleError('invalid', refusal)
}

/** A boolean as Home Assistant, Python or JSON spells it. @throws NleError `invalid`, with the name */
export function readFlag(payload: string, name: string): boolean {
  const word = payload.trim().toLowerCase()
  if (word === 'on' || word === 'true') return true
  if (word === 'off' || word === 'false') return false
  throw new NleError('invalid', `${name} is ON or OFF`)
}

/** Reads JSON, else a boolean as Python writes it, else takes the text itself. */
export function readLoose(payload: string): JsonValue {
  if (payload === 'True') return true
  if (payload === 'False') return false
  const value = jsonIn(payload)
  return value === undefined ? payload : value
}

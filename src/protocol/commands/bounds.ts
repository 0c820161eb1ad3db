import { NleError } from '../../errors.ts'
import { isObject, type JsonValue } from '../bucket.ts'
import { quoted } from '../input.ts'

/** The bounds that a command was given, unchecked; at least one of them is there. */
export interface GivenBounds {
  readonly low: JsonValue | undefined
  readonly high: JsonValue | undefined
}

/**
 * Reads `{high?,low?}`.
 *
 * @param command - named in the message
 * @throws NleError `invalid` for anything else, and when neither is given
 */
export function givenBounds(command: string, value: unknown): GivenBounds {
  const given = isObject(value) ? value : {}
  const isKnown = Object.keys(given).every((field) => field === 'low' || field === 'high')
  // Some clients send null for the bound they leave alone.
  const low = given.low ?? undefined
  const high = given.high ?? undefined
  if (isKnown && (low !== undefined || high !== undefined)) return { low, high }
  throw new NleError(
    'invalid',
    `${command} takes {"low": …, "high": …} or one of them, in °C, not ${quoted(value)}`,
  )
}

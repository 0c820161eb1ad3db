import { isObject, type JsonObject } from '../bucket.ts'
import { numberIn } from '../input.ts'

/** Reads the temperature outside from what the weather service answers to a thermostat (section 8). */

/** An answer older than this says nothing about the weather of now. */
export const OUTDOOR_FRESH_MS = 3 * 3_600_000

/** The names of the part that describes the weather of now. */
const NOW = ['current', 'now', 'current_observation'] as const
/** The field says its unit; one without a unit is left out rather than guessed. */
const CELSIUS = /^(current_)?temp(erature)?_c$/
const FAHRENHEIT = /^(current_)?temp(erature)?_f$/
/** The coldest and the hottest place on earth, °C, with some room. */
const COLDEST_C = -95
const HOTTEST_C = 65

/** The place that a question names. */
export interface Place {
  readonly postalCode: string
  /** Two letters; undefined when the question names none. */
  readonly country: string | undefined
}

/**
 * The place of a question, from `query=94304,US` or `postal_code=94304&country=US`; undefined when the
 * question names none.
 *
 * @param key - see `weatherKey`
 */
export function placeOf(key: string): Place | undefined {
  const query = new URLSearchParams(key)
  const [postal = '', country] = (query.get('query') ?? '').split(',')
  const postalCode = normal(postal) || normal(query.get('postal_code') ?? '')
  if (postalCode === '') return undefined
  return { postalCode, country: normal(country ?? query.get('country') ?? '') || undefined }
}

/** Whether the `device` bucket of a thermostat names this place. */
export function isPlaceOf(
  { postalCode, country }: Place,
  { postal_code: own, country_code: ownCountry }: JsonObject,
): boolean {
  if (typeof own !== 'string' || normal(own) !== postalCode) return false
  return country === undefined || typeof ownCountry !== 'string' || normal(ownCountry) === country
}

function normal(text: string): string {
  return text.replaceAll(/\s/g, '').toUpperCase()
}

/**
 * The temperature outside, °C, in an answer to one question; undefined when there is none. The answer
 * holds one part for each place (`{"94304,US": {"current": {"temp_c": 12.5}}}`), or is that part itself.
 */
export function outdoorCelsius(answer: unknown): number | undefined {
  if (!isObject(answer)) return undefined
  const own = currentCelsius(answer)
  if (own !== undefined) return own
  const [part, ...others] = Object.values(answer)
  // With several places it is not known which one is meant.
  return isObject(part) && others.length === 0 ? currentCelsius(part) : undefined
}

function currentCelsius(part: JsonObject): number | undefined {
  const now = NOW.map((name) => part[name]).find(isObject) ?? part
  const value = (unit: RegExp): number | undefined =>
    Object.entries(now)
      .filter(([field]) => unit.test(field))
      .map(([, degrees]) => numberIn(degrees))
      .find((degrees) => degrees !== undefined)
  const fahrenheit = value(FAHRENHEIT)
  const celsius =
    value(CELSIUS) ?? (fahrenheit === undefined ? undefined : ((fahrenheit - 32) * 5) / 9)
  if (celsius === undefined || celsius < COLDEST_C || celsius > HOTTEST_C) return undefined
  return Math.round(celsius * 100) / 100
}

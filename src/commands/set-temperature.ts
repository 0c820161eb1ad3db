import { NleError } from '../errors.ts'
import { parseTemperature } from '../protocol/temperature.ts'
import type { Scale } from './format/temperature.ts'

/** No setpoint in °C is above this, and none in °F is below. */
const CELSIUS_ENDS = 40

/**
 * A temperature as people write it, in °C: `21.5`, `21C`, `70F`. A number alone is Celsius; on a
 * thermostat that shows Fahrenheit, one that can only be Fahrenheit is taken as such.
 *
 * @throws NleError `invalid`
 */
export function readTemperature(property: string, written: string, scale: Scale): number {
  const alone = /^[+-]?\d+([.,]\d+)?$/.test(written.trim())
  const text = written.trim().replace(',', '.')
  const celsius = parseTemperature(text)
  if (celsius === undefined) {
    throw new NleError(
      'invalid',
      `${property} is a temperature like 21.5, 21C or 70F, not "${written}".`,
    )
  }
  if (!alone || celsius <= CELSIUS_ENDS) return celsius
  const fahrenheit = parseTemperature(`${text}F`)
  if (scale === 'F' && fahrenheit !== undefined) return fahrenheit
  throw new NleError(
    'invalid',
    `${property} ${text} °C is too hot for a home. If it is Fahrenheit, write ${text}F.`,
  )
}

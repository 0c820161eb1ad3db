import { NleError } from '../errors.ts'
import { numberIn } from './input.ts'

/** The bounds of a setpoint, °C (section 9). */
export const MIN_SETPOINT_C = 4.5
export const MAX_SETPOINT_C = 32
/** A setpoint or mode older than this would override the thermostat's own schedule late (`D4`). */
export const SETPOINT_LIFETIME_MS = 30 * 60_000
/** A value this far outside is a slip and is moved to the bound; further out it is another unit. */
const CLAMP_C = 8
/** The hottest setpoint that a person can mean in °C; every setpoint in °F is a higher number. */
export const HOTTEST_SLIP_C = MAX_SETPOINT_C + CLAMP_C

/**
 * A setpoint as the thermostat may get it, °C (`set_temperature` of section 9).
 *
 * @param field - named in the message
 * @throws NleError `invalid` when it is not a number, or more than 8 degrees outside of 4.5 to 32: a
 * higher number is probably Fahrenheit.
 */
export function setpointC(field: string, value: unknown): number {
  const degrees = numberIn(value)
  if (degrees === undefined) {
    throw new NleError(
      'invalid',
      `${field} must be a number from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} (°C)`,
    )
  }
  if (isFarOutside(degrees)) {
    const hint =
      degrees > 0
        ? `, and ${degrees} is far outside: temperatures are Celsius here, not Fahrenheit`
        : `, not ${degrees}`
    throw new NleError(
      'invalid',
      `${field} must be from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} °C${hint}`,
    )
  }
  return Math.min(MAX_SETPOINT_C, Math.max(MIN_SETPOINT_C, degrees))
}

/** Whether a temperature, °C, is too far from any setpoint to be a slip. */
export function isFarOutside(degrees: number): boolean {
  return degrees < MIN_SETPOINT_C - CLAMP_C || degrees > HOTTEST_SLIP_C
}

/** Refuses a high bound below its low one. Equal bounds are left to the thermostat. */
export function ordered(
  low: { readonly field: string; readonly value: unknown },
  high: { readonly field: string; readonly value: unknown },
): void {
  if (typeof low.value !== 'number' || typeof high.value !== 'number') return
  if (high.value >= low.value) return
  throw new NleError(
    'invalid',
    `${high.field} (${high.value}) must not be below ${low.field} (${low.value}); set both at once to move the range`,
  )
}

/**
 * A temperature as people write it, in °C: `21`, `21.5C`, `70F`, `70 °F`; undefined for other text. A
 * number alone is Celsius. Fahrenheit is rounded to a hundredth of a degree.
 */
export function parseTemperature(text: string): number | undefined {
  const match = /^([+-]?\d+(?:\.\d+)?)\s*°?\s*([cf])?$/i.exec(text.trim())
  if (match === null) return undefined
  const degrees = Number(match[1])
  return match[2]?.toUpperCase() === 'F' ? Math.round(((degrees - 32) * 500) / 9) / 100 : degrees
}

import { NleError } from '../errors.ts'
import { numberIn } from './input.ts'

/** The bounds of a setpoint, °C (section 9). */
export const MIN_SETPOINT_C = 4.5
export const MAX_SETPOINT_C = 32
/** The least distance between the bounds of heat-cool, °C. */
export const MIN_GAP_C = 1.5
/** What eco may keep to, °C: each bound by itself, whether or not the other one is switched on. */
export const ECO_RANGE_C = { low: { min: 4.5, max: 21 }, high: { min: 24, max: 32 } } as const
/** A setpoint or mode older than this would override the thermostat's own schedule late (`D4`). */
export const SETPOINT_LIFETIME_MS = 30 * 60_000
/** A client's value this far outside is moved to the bound; further out it is another unit. */
const CLAMP_C = 8
/** The hottest setpoint that a client can mean in °C; every setpoint in °F is a higher number. */
export const HOTTEST_SLIP_C = MAX_SETPOINT_C + CLAMP_C
/** Longer text is no temperature, and would take long to read. */
const MAX_TEMPERATURE_LENGTH = 64
/** Thermostats round; two numbers this close are the same temperature. */
const SAME_C = 0.005

/**
 * Who gave the value of a command. The clients of the existing server expect that a value a little
 * outside is moved to what the thermostat takes; a person who typed one wants to hear of it.
 */
export type GivenBy = 'client' | 'person'

/** The scale of a thermostat's own screen. */
export type Scale = 'C' | 'F'

interface Limits {
  readonly min: number
  readonly max: number
}

/** One bound of a range, and its name in messages. */
interface Bound {
  readonly field: string
  /** °C */
  readonly value: number
}

/** Reads the setpoints of one command, and remembers whether it moved one (section 9). */
export class Setpoints {
  readonly #givenBy: GivenBy
  #moved = false

  constructor(givenBy: GivenBy) {
    this.#givenBy = givenBy
  }

  /** Whether a value differs from the one that was given: `clamped` in the answer. */
  get moved(): boolean {
    return this.#moved
  }

  /**
   * A setpoint as the thermostat may get it, °C.
   *
   * @param field - named in the message
   * @throws NleError `invalid` when it is no number, or outside of 4.5 to 32: by any amount when a person
   * typed it, by more than 8 degrees when a client sent it. A higher number is probably Fahrenheit.
   */
  one(field: string, value: unknown): number {
    const limits = { min: MIN_SETPOINT_C, max: MAX_SETPOINT_C }
    const degrees = numberIn(value)
    const isSlip =
      this.#givenBy === 'client' &&
      degrees !== undefined &&
      degrees >= MIN_SETPOINT_C - CLAMP_C &&
      degrees <= HOTTEST_SLIP_C
    if (!isSlip) return temperatureWithin(field, value, limits)
    const clamped = Math.min(limits.max, Math.max(limits.min, degrees))
    if (clamped !== degrees) this.#moved = true
    return clamped
  }

  /**
   * The bounds of a range, at least 1.5 °C apart. For a client the bound that is not `kept` moves; at the
   * end of the scale both do.
   *
   * @throws NleError `invalid` when a person typed bounds that are closer
   */
  apart(low: Bound, high: Bound, kept: 'low' | 'high'): { low: number; high: number } {
    if (areApart(low.value, high.value)) return { low: low.value, high: high.value }
    if (this.#givenBy === 'person') {
      throw new NleError(
        'invalid',
        `${high.field} (${high.value}) must be at least ${MIN_GAP_C} °C above ${low.field} (${low.value})`,
      )
    }
    this.#moved = true
    const atLeast = kept === 'low' ? low.value : high.value - MIN_GAP_C
    const moved = Math.min(MAX_SETPOINT_C - MIN_GAP_C, Math.max(MIN_SETPOINT_C, atLeast))
    return { low: moved, high: moved + MIN_GAP_C }
  }
}

/** Whether two setpoints are the same to a thermostat, which rounds them. */
export function sameDegrees(a: number, b: unknown): boolean {
  return typeof b === 'number' && Math.abs(a - b) < SAME_C
}

/**
 * Refuses bounds that are upside down: it is not known which of the two was meant.
 *
 * @throws NleError `invalid`
 */
export function refuseUpsideDown(low: Bound, high: Bound): void {
  if (high.value >= low.value) return
  throw new NleError(
    'invalid',
    `${high.field} (${high.value}) must not be below ${low.field} (${low.value})`,
  )
}

/** Whether the bounds of a range are far enough apart, °C. */
export function areApart(low: number, high: number): boolean {
  return high - low >= MIN_GAP_C - SAME_C
}

/** Whether a temperature, °C, is no setpoint. */
export function isOutside(degrees: number): boolean {
  return degrees < MIN_SETPOINT_C || degrees > MAX_SETPOINT_C
}

/**
 * A temperature with limits of its own, °C. A value outside is refused, never moved.
 *
 * @param field - named in the message
 * @throws NleError `invalid` when it is no number or outside
 */
export function temperatureWithin(field: string, value: unknown, { min, max }: Limits): number {
  const degrees = numberIn(value)
  if (degrees === undefined) {
    throw new NleError('invalid', `${field} must be a number from ${min} to ${max} (°C)`)
  }
  if (degrees >= min && degrees <= max) return degrees
  const hint =
    degrees > HOTTEST_SLIP_C
      ? `, and ${degrees} is far outside: temperatures are Celsius here, not Fahrenheit`
      : `, not ${degrees}`
  throw new NleError('invalid', `${field} must be from ${min} to ${max} °C${hint}`)
}

/**
 * A temperature as people write it, in °C: `21`, `21.5C`, `70F`, `70 °F`; undefined for other text. A
 * number alone is Celsius. Fahrenheit is rounded to a hundredth of a degree. A number with a sign is none: by
 * `+1` people mean a step, and no setpoint is below zero.
 */
export function parseTemperature(text: string): number | undefined {
  if (text.length > MAX_TEMPERATURE_LENGTH) return undefined
  const match = /^(\d+(?:\.\d+)?)\s*°?\s*([cf])?$/i.exec(text.trim())
  if (match === null) return undefined
  const degrees = Number(match[1])
  return match[2]?.toUpperCase() === 'F' ? Math.round(((degrees - 32) * 500) / 9) / 100 : degrees
}

/** °F to a tenth. */
export function inFahrenheit(celsius: number): number {
  return Math.round(celsius * 18 + 320) / 10
}

/**
 * `from 4.5 to 32 °C (40.1 to 89.6 °F)`: in both units, because what was typed may have been meant in either;
 * to a tenth, because in whole degrees a limit could be a value that is refused.
 */
export function limits(minC: number, maxC: number): string {
  return `from ${minC} to ${maxC} °C (${inFahrenheit(minC)} to ${inFahrenheit(maxC)} °F)`
}

/** The same of every setpoint. */
export function setpointLimits(): string {
  return limits(MIN_SETPOINT_C, MAX_SETPOINT_C)
}

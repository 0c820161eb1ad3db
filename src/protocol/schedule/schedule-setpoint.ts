import type { JsonObject, JsonValue } from '../bucket.ts'
import { quoted } from '../input.ts'
import {
  areApart,
  HOTTEST_SLIP_C,
  isOutside,
  MIN_GAP_C,
  MIN_SETPOINT_C,
  parseTemperature,
  setpointLimits,
} from '../setpoint.ts'
import type { ScheduleMode } from './schedule.ts'

/** A setpoint as people write it in a schedule: `21`, `"17C"`, `"62F"`, `"19-24"`, `"68-75F"`. */

/** Where a setpoint was written, for hints: a file of JSON or of text, or the command line. */
export type SetpointForm = 'json' | 'text' | 'words'

/** How the whole schedule gets one of these modes. */
const SWITCH: Readonly<Record<SetpointForm, (...modes: readonly string[]) => string>> = {
  json: (...modes) => `"mode": ${either(modes, '"', '"')} for the whole schedule`,
  text: (...modes) => `${either(modes, '(', ')')} in the first line for the whole schedule`,
  words: (...modes) => `make the whole schedule ${either(modes)} with "nle schedule edit"`,
}

function either(modes: readonly string[], before = '', after = ''): string {
  return modes.map((mode) => before + mode + after).join(' or ')
}

/** Longer text is no setpoint, and would take long to read. */
const MAX_LENGTH = 64

/** A setpoint in a line of text: without the comma behind it, and with points for decimal commas. */
export function plainSetpoint(written: string): string {
  return written.replace(/[,;]$/, '').replaceAll(/(\d),(\d)/g, '$1.$2')
}

/** The setpoint as wire fields; undefined for other text. */
export function setpointFields(written: JsonValue): JsonObject | undefined {
  if (typeof written === 'number') return { temp: written }
  if (typeof written !== 'string' || written.length > MAX_LENGTH) return undefined
  const temp = parseTemperature(written)
  if (temp !== undefined) return { temp }
  const [, low = '', high = ''] = /^(.+?)\s*(?:-|–|\.\.|to)\s*(.+)$/.exec(written) ?? []
  // In `68-75F` the unit belongs to both.
  const unit = unitOf(high)
  const min = parseTemperature(unitOf(low) === '' ? `${low}${unit}` : low)
  const max = parseTemperature(high)
  return min === undefined || max === undefined ? undefined : { 'temp-min': min, 'temp-max': max }
}

/**
 * Why a schedule of this mode cannot have a setpoint, with the correct form; undefined when it can.
 *
 * @param written - text or a number, as in the file
 */
export function setpointProblem(
  written: JsonValue,
  mode: ScheduleMode,
  form: SetpointForm,
): string | undefined {
  const shown = quoted(written)
  const { temp, 'temp-min': min, 'temp-max': max } = setpointFields(written) ?? {}
  if (mode === 'RANGE' && temp !== undefined) {
    return (
      `${shown} is one temperature, and heat-cool takes two: ` +
      `write a range such as "19-24", or ${SWITCH[form]('heat', 'cool')}`
    )
  }
  if (mode !== 'RANGE' && min !== undefined) {
    return (
      `${shown} is a range, and ${mode.toLowerCase()} takes one temperature: ` +
      `write one such as 21, or ${SWITCH[form]('heat-cool')}`
    )
  }
  const degrees = [temp, min, max].filter((each) => typeof each === 'number')
  const outside = degrees.find(isOutside)
  if (outside !== undefined) {
    const bounds = `temperatures go ${setpointLimits()}`
    if (outside < MIN_SETPOINT_C) return `${shown} is too cold for a home: ${bounds}`
    return unitOf(String(written)) === '' && outside > HOTTEST_SLIP_C
      ? `${shown} °C is too hot for a home. If it is Fahrenheit, write "${String(written).trim()}F"`
      : `${shown} is too hot for a home: ${bounds}`
  }
  if (typeof min !== 'number' || typeof max !== 'number') return undefined
  if (min > max) {
    return `${shown} has the higher temperature first: write the lower one first, as in "19-24"`
  }
  return areApart(min, max)
    ? undefined
    : `${shown} is too narrow: a range spans at least ${MIN_GAP_C} °C, as in "19-24"`
}

function unitOf(text: string): string {
  return /[cf]$/i.exec(text.trim())?.[0] ?? ''
}

/** Why a value is no temperature and no range, with the correct form. */
export function temperatureProblem(value: JsonValue): string {
  const shown = quoted(value)
  return typeof value === 'string' && /^\s*[+-]/.test(value)
    ? `${shown} has a sign: write the temperature itself, ${setpointLimits()}, such as 21`
    : `${shown} is not a temperature: write 21, "21C", "70F" or, for a range, "20-24"`
}

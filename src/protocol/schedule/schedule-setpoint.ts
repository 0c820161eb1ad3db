import type { JsonObject, JsonValue } from '../bucket.ts'
import { quoted } from '../input.ts'
import {
  areApart,
  HOTTEST_SLIP_C,
  isOutside,
  MAX_SETPOINT_C,
  MIN_GAP_C,
  MIN_SETPOINT_C,
  parseTemperature,
} from '../setpoint.ts'
import type { ScheduleMode } from './schedule.ts'

/** A setpoint as people write it in a schedule file: `21`, `"17C"`, `"62F"`, `"19-24"`, `"68-75F"`. */

/** The setpoint as wire fields; undefined for other text. */
export function setpointFields(written: JsonValue): JsonObject | undefined {
  if (typeof written === 'number') return { temp: written }
  if (typeof written !== 'string') return undefined
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
export function setpointProblem(written: JsonValue, mode: ScheduleMode): string | undefined {
  const shown = quoted(written)
  const { temp, 'temp-min': min, 'temp-max': max } = setpointFields(written) ?? {}
  if (mode === 'RANGE' && temp !== undefined) {
    return (
      `${shown} is one temperature, and heat-cool takes two: ` +
      'write a range such as "19-24", or "mode": "heat" (or "cool") for the whole schedule'
    )
  }
  if (mode !== 'RANGE' && min !== undefined) {
    return (
      `${shown} is a range, and ${mode.toLowerCase()} takes one temperature: ` +
      'write one such as 21, or "mode": "heat-cool" for the whole schedule'
    )
  }
  const degrees = [temp, min, max].filter((each) => typeof each === 'number')
  const outside = degrees.find(isOutside)
  if (outside !== undefined) {
    const bounds = `temperatures go from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} °C`
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

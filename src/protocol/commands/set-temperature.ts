import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { numberIn, quoted } from '../input.ts'
import {
  MAX_SETPOINT_C,
  MIN_SETPOINT_C,
  refuseUpsideDown,
  Setpoints,
  sameDegrees,
} from '../setpoint.ts'
import type { DeviceView } from '../view/device-view.ts'
import { reportedTouchOffsetS } from '../view/touch.ts'
import { givenBounds } from './bounds.ts'
import { type CommandDefinition, change, unixSeconds } from './command-definition.ts'

/**
 * The bounds to set: those that were given, and the other one when it has to move. A bound that is given
 * alone is held against the one that the thermostat has.
 */
function rangeTargets(value: JsonObject, shared: JsonObject, setpoints: Setpoints): JsonObject {
  const given = givenBounds('set_temperature', value)
  const { target_temperature_low: lowNow, target_temperature_high: highNow } = shared
  const low = given.low === undefined ? undefined : setpoints.one('low', given.low)
  const high = given.high === undefined ? undefined : setpoints.one('high', given.high)
  const lower = low ?? numberIn(lowNow)
  const upper = high ?? numberIn(highNow)
  if (lower === undefined || upper === undefined) return bounds(low, high)
  if (low !== undefined && high !== undefined) {
    refuseUpsideDown({ field: 'low', value: low }, { field: 'high', value: high })
  }
  // Some clients send both when a person moves one: the one that is not new gives way.
  const isLowNew = low !== undefined && !sameDegrees(low, lowNow)
  const range = setpoints.apart(
    { field: low === undefined ? 'the low of now' : 'low', value: lower },
    { field: high === undefined ? 'the high of now' : 'high', value: upper },
    high === undefined || isLowNew ? 'low' : 'high',
  )
  const sets = (given: number | undefined, before: number, after: number) =>
    given === undefined && after === before ? undefined : after
  return bounds(sets(low, lower, range.low), sets(high, upper, range.high))
}

/** The fields that set these bounds. */
function bounds(low: number | undefined, high: number | undefined): JsonObject {
  return {
    ...(high === undefined ? {} : { target_temperature_high: high }),
    ...(low === undefined ? {} : { target_temperature_low: low }),
  }
}

/** Who changed the temperature, as thermostats write it themselves; the push updates the time (`D5`). */
function touchedBy(view: DeviceView): JsonObject {
  const offsetS = reportedTouchOffsetS(view)
  return {
    touched_by: 3,
    touched_at: unixSeconds(view),
    ...(offsetS === undefined ? {} : { touched_tzo: offsetS }),
    touched_user_id: '',
  }
}

/**
 * A number sets the setpoint of heat and cool, an object the bounds of heat-cool, in every mode: scenes
 * of other systems set mode and temperature in any order, and the thermostat keeps a setpoint until
 * its mode comes.
 */
export const setTemperature: CommandDefinition = {
  describe: `a number in °C from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C}, or {"low", "high"} or one of them`,
  plan(value, view, givenBy) {
    const { shared, serial } = view
    const setpoints = new Setpoints(givenBy)
    let targets: JsonObject
    if (isObject(value)) targets = rangeTargets(value, shared, setpoints)
    else if (numberIn(value) !== undefined) {
      targets = { target_temperature: setpoints.one('temperature', value) }
    } else {
      throw new NleError(
        'invalid',
        `temperature must be a number from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} (°C) or ` +
          `{"low": …, "high": …}, not ${quoted(value)}`,
      )
    }
    const fields = { ...targets, target_change_pending: true, touched_by: touchedBy(view) }
    return {
      changes: [change('setpoint', `shared.${serial}`, fields)],
      clamped: setpoints.moved,
    }
  },
}

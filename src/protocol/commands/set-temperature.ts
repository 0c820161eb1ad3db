import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { numberIn, quoted } from '../input.ts'
import { MAX_SETPOINT_C, MIN_SETPOINT_C, setpointC } from '../setpoint.ts'
import { readBounds } from './bounds.ts'
import { type CommandDefinition, change, unixSeconds } from './command-definition.ts'

const RANGE = { low: 'target_temperature_low', high: 'target_temperature_high' }

/**
 * A number sets the setpoint of heat and cool, an object the bounds of heat-cool, in every mode: scenes
 * of other systems set mode and temperature in any order, and the thermostat keeps a setpoint until
 * its mode comes.
 */
export const setTemperature: CommandDefinition = {
  describe: `a number in °C from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C}, or {"low", "high"} or one of them`,
  plan(value, view) {
    const { shared, serial } = view
    let targets: JsonObject
    if (isObject(value)) targets = readBounds('set_temperature', value, RANGE, shared)
    else if (numberIn(value) !== undefined) {
      targets = { target_temperature: setpointC('temperature', value) }
    } else {
      throw new NleError(
        'invalid',
        `temperature must be a number from ${MIN_SETPOINT_C} to ${MAX_SETPOINT_C} (°C) or ` +
          `{"low": …, "high": …}, not ${quoted(value)}`,
      )
    }
    // Marked as given from outside; the push updates the time (`D5`).
    const touched_by = { touched_by: 3, touched_at: unixSeconds(view), touched_user_id: '' }
    const fields = { ...targets, target_change_pending: true, touched_by }
    return { changes: [change('setpoint', `shared.${serial}`, fields)] }
  },
}

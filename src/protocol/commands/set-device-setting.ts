import { NleError } from '../../errors.ts'
import { isObject } from '../bucket.ts'
import { quoted } from '../input.ts'
import { ECO_RANGE_C, Setpoints, temperatureWithin } from '../setpoint.ts'
import { givenBounds } from './bounds.ts'
import { type CommandDefinition, change } from './command-definition.ts'
import { checkedSettings } from './device-settings.ts'

/** A person who sets a bound of eco wants it kept, so it is switched on as well. */
export const setEcoTemperatures: CommandDefinition = {
  describe: '{"low", "high"} or one of them, in °C',
  plan(value, { serial }) {
    const { low, high } = givenBounds('set_eco_temperatures', value)
    const fields = {
      ...(high === undefined
        ? {}
        : {
            away_temperature_high: temperatureWithin('high', high, ECO_RANGE_C.high),
            away_temperature_high_enabled: true,
          }),
      ...(low === undefined
        ? {}
        : {
            away_temperature_low: temperatureWithin('low', low, ECO_RANGE_C.low),
            away_temperature_low_enabled: true,
          }),
    }
    return { changes: [change('setting', `device.${serial}`, fields)] }
  },
}

export const setDeviceSetting: CommandDefinition = {
  describe: '{"field": value, …} of the settings of the thermostat that may be written',
  plan(value, { serial, device }, givenBy) {
    if (!isObject(value) || Object.keys(value).length === 0) {
      throw new NleError(
        'invalid',
        `set_device_setting takes ${setDeviceSetting.describe}, not ${quoted(value)}`,
      )
    }
    const setpoints = new Setpoints(givenBy)
    const fields = checkedSettings(value, device, setpoints)
    return {
      changes: [change('setting', `device.${serial}`, fields)],
      clamped: setpoints.moved,
    }
  },
}

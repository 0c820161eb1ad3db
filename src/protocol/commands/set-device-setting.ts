import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { quoted } from '../input.ts'
import { readBounds } from './bounds.ts'
import type { CommandDefinition } from './command-definition.ts'
import { checkedSettings } from './device-settings.ts'

export const setEcoTemperatures: CommandDefinition = {
  describe: '{"low", "high"} or one of them, in °C',
  plan(value, { serial, device }) {
    // A bound that is switched off limits nothing.
    const current: JsonObject = {
      ...(device.away_temperature_low_enabled === false
        ? {}
        : { low: device.away_temperature_low ?? null }),
      ...(device.away_temperature_high_enabled === false
        ? {}
        : { high: device.away_temperature_high ?? null }),
    }
    const { low, high } = readBounds(
      'set_eco_temperatures',
      value,
      { low: 'low', high: 'high' },
      current,
    )
    return {
      changes: [
        {
          objectKey: `device.${serial}`,
          fields: {
            ...(high === undefined ? {} : { away_temperature_high: high }),
            ...(low === undefined ? {} : { away_temperature_low: low }),
          },
          kind: 'setting',
        },
      ],
    }
  },
}

export const setDeviceSetting: CommandDefinition = {
  describe: '{"field": value, …} of the settings of the thermostat that may be written',
  plan(value, { serial, device }) {
    if (!isObject(value) || Object.keys(value).length === 0) {
      throw new NleError(
        'invalid',
        `set_device_setting takes ${setDeviceSetting.describe}, not ${quoted(value)}`,
      )
    }
    return {
      changes: [
        {
          objectKey: `device.${serial}`,
          fields: checkedSettings(value, device),
          kind: 'setting',
        },
      ],
    }
  },
}

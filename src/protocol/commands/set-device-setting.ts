import { NleError } from '../../errors.ts'
import { isObject } from '../bucket.ts'
import { quoted } from '../input.ts'
import { readBounds } from './bounds.ts'
import { type CommandDefinition, change } from './command-definition.ts'
import { checkedSettings } from './device-settings.ts'

const ECO = { low: 'away_temperature_low', high: 'away_temperature_high' }

export const setEcoTemperatures: CommandDefinition = {
  describe: '{"low", "high"} or one of them, in °C',
  plan(value, { serial, device }) {
    // A bound that is switched off limits nothing.
    const current = Object.fromEntries(
      Object.entries(device).filter(([field]) => device[`${field}_enabled`] !== false),
    )
    const bounds = readBounds('set_eco_temperatures', value, ECO, current)
    return { changes: [change('setting', `device.${serial}`, bounds)] }
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
    return { changes: [change('setting', `device.${serial}`, checkedSettings(value, device))] }
  },
}

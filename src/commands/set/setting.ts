import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../../protocol/bucket.ts'
import { DEVICE_SETTINGS } from '../../protocol/commands/device-settings.ts'
import type { Scale } from '../client/answers.ts'
import { readSwitch, readTemperature } from './values.ts'

/**
 * Reads `key=value`, with the value in the setting's own type. The server decides whether it is
 * allowed.
 *
 * @throws NleError `invalid`
 */
export function readSetting(written: string, scale: Scale): JsonObject {
  const [, key = '', text = ''] = /^([^=\s]+)=(.*)$/s.exec(written) ?? []
  if (key === '') {
    throw new NleError(
      'invalid',
      `setting takes key=value, such as target_humidity=40, not "${written}".`,
    )
  }
  return { [key]: readValue(key, text, scale) }
}

function readValue(key: string, text: string, scale: Scale): JsonValue {
  const setting = Object.hasOwn(DEVICE_SETTINGS, key) ? DEVICE_SETTINGS[key] : undefined
  switch (setting?.type) {
    case 'boolean':
      return readSwitch(key, text)
    case 'setpoint':
      return readTemperature(key, text, scale)
    case 'number':
    case 'integer': {
      const number = Number(text)
      if (text.trim() === '' || Number.isNaN(number)) {
        throw new NleError('invalid', `${key} is a number, not "${text}".`)
      }
      return number
    }
    case 'string':
    case 'enum':
      return text
    case undefined:
      // Unknown here: the server decides.
      return /^(true|false|-?\d+(\.\d+)?)$/.test(text) ? (JSON.parse(text) as JsonValue) : text
  }
}

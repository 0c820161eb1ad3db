import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import type { CommandRequest } from '../commands/decide-command.ts'
import { numberIn, quoted, wordIn } from '../input.ts'
import { MAX_FAN_S } from '../view/fan-duration.ts'

/**
 * The requests of the hosted service's API v1, as commands of section 9. What is out of range is refused, never
 * moved: its clients expect 400.
 */
export type HostedAction =
  | 'temperature'
  | 'temperature/range'
  | 'mode'
  | 'away'
  | 'fan'
  | 'lock'
  | 'schedule'

/** What a request means in the state that the thermostat is in. */
interface Surroundings {
  /** The mode of now in the thermostat's words; undefined while it is not known. */
  readonly mode: unknown
  /** Base64(SHA1(PIN + serial)), as the thermostat itself keeps it. */
  readonly hashOf: (pin: string) => string
}

/** @throws NleError `invalid` for a body that cannot be meant */
export function hostedCommands(
  action: HostedAction,
  body: JsonObject,
  around: Surroundings,
): CommandRequest[] {
  switch (action) {
    case 'temperature':
      return temperature(body, around)
    case 'temperature/range': {
      const low = degrees(body, 'low')
      const high = degrees(body, 'high')
      return [{ command: 'set_temperature', value: { low, high } }]
    }
    case 'mode':
      return [{ command: 'set_mode', value: body.mode }]
    case 'away':
      return [{ command: 'set_away', value: flag(body, 'away') }]
    case 'fan':
      return [{ command: 'set_fan', value: fan(body) }]
    case 'lock':
      return [{ command: 'set_device_setting', value: lock(body, around) }]
    case 'schedule':
      if (!isObject(body.schedule)) throw refused('schedule must be an object with days')
      return [{ command: 'set_schedule', value: body.schedule }]
  }
}

/** A mode that the thermostat is in already is not set again. */
function temperature(body: JsonObject, { mode }: Surroundings): CommandRequest[] {
  const value = degrees(body, 'value')
  const wanted = body.mode === undefined || body.mode === null ? undefined : wordIn(body.mode)
  const sets: CommandRequest = { command: 'set_temperature', value }
  if (body.mode === undefined || body.mode === null || wanted === mode) return [sets]
  return [{ command: 'set_mode', value: body.mode }, sets]
}

/** °C of a field in the scale that the body names. */
function degrees(body: JsonObject, field: string): number {
  const given = numberIn(body[field])
  if (given === undefined) throw refused(`Temperature ${field} must be a number`)
  const scale = body.scale === undefined || body.scale === null ? 'c' : wordIn(body.scale)
  if (scale === 'c') return given
  if (scale !== 'f') throw refused(`scale must be "C" or "F", not ${quoted(body.scale)}`)
  return Math.round(((given - 32) * 500) / 9) / 100
}

function flag(body: JsonObject, field: string): boolean {
  const value = body[field]
  if (typeof value !== 'boolean') throw refused(`${field} must be true or false`)
  return value
}

/** One app sends `enabled`, which the hosted service takes as well. */
function fan({ mode, duration, enabled }: JsonObject) {
  if (duration === undefined || duration === null) {
    return mode === undefined && typeof enabled === 'boolean' ? (enabled ? 'on' : 'auto') : mode
  }
  const seconds = numberIn(duration)
  if (seconds !== undefined && seconds >= 0 && seconds <= MAX_FAN_S) return seconds
  throw refused(`duration must be a number of seconds from 0 to ${MAX_FAN_S}`)
}

/** The fields of the lock. Without a PIN the one that the thermostat has stays. */
function lock(body: JsonObject, { hashOf }: Surroundings): JsonObject {
  if (!flag(body, 'enabled')) return { temperature_lock: false }
  const { pin, pin_hash: hash, temp_min: min, temp_max: max } = body
  if (numberIn(min) === undefined || numberIn(max) === undefined) {
    throw refused('temp_min and temp_max must be numbers, in °C')
  }
  return {
    temperature_lock: true,
    temperature_lock_low_temp: min ?? null,
    temperature_lock_high_temp: max ?? null,
    ...pinHash(pin, hash, hashOf),
  }
}

function pinHash(pin: unknown, hash: unknown, hashOf: Surroundings['hashOf']): JsonObject {
  const hasPin = pin !== undefined && pin !== null
  const hasHash = hash !== undefined && hash !== null
  // Neither is repeated: the answer may be logged somewhere.
  if (hasPin && (typeof pin !== 'string' || !/^\d{4}$/.test(pin))) {
    throw refused('pin must be text of 4 digits')
  }
  if (hasHash && (typeof hash !== 'string' || !/^[A-Za-z0-9+/]{27}=$/.test(hash))) {
    throw refused('pin_hash must be Base64(SHA1(PIN + serial))')
  }
  if (typeof hash === 'string') return { temperature_lock_pin_hash: hash }
  return typeof pin === 'string' ? { temperature_lock_pin_hash: hashOf(pin) } : {}
}

function refused(message: string): NleError {
  return new NleError('invalid', message)
}

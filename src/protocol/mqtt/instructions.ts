import { NleError } from '../../errors.ts'
import type { JsonValue } from '../bucket.ts'
import type { DeviceView } from '../view/device-view.ts'
import { CLIMATE_COMMANDS } from './climate.ts'
import { ENTITIES } from './entities.ts'
import { command, type Entity, type Instruction, isThere } from './entity.ts'
import { readLoose } from './payload.ts'
import type { CommandAddress } from './topics.ts'

const BY_TOPIC: ReadonlyMap<string, Entity> = new Map(
  ENTITIES.filter((entity) => entity.command !== undefined).map((each) => [each.topic, each]),
)

/** Fields of `shared` that a raw topic may set, and the command for each. */
const SHARED: Readonly<Record<string, (value: JsonValue) => Instruction>> = {
  target_temperature: (value) => command('set_temperature', value),
  target_temperature_low: (value) => command('set_temperature', { low: value }),
  target_temperature_high: (value) => command('set_temperature', { high: value }),
  target_temperature_type: (value) => command('set_mode', value),
  schedule_mode: (value) => command('set_schedule_mode', value),
}

/**
 * The instructions for a message on a command topic; the command then checks the values.
 *
 * @throws NleError `invalid` for a topic that has no command, or a payload that it cannot read
 */
export function instructions(
  { kind, name }: CommandAddress,
  payload: string,
  view: DeviceView,
): readonly Instruction[] {
  if (kind === 'ha') return homeAssistant(name, payload, view)
  return [kind === 'device' ? rawDevice(name, readLoose(payload), view) : rawShared(name, payload)]
}

function homeAssistant(name: string, payload: string, view: DeviceView): readonly Instruction[] {
  const climate = Object.hasOwn(CLIMATE_COMMANDS, name) ? CLIMATE_COMMANDS[name] : undefined
  if (climate !== undefined) return [climate(payload)]
  const entity = BY_TOPIC.get(name)
  if (entity?.command === undefined) throw new NleError('invalid', 'there is no such command topic')
  if (!isThere(entity, view)) throw new NleError('invalid', `this thermostat has no ${entity.name}`)
  return entity.command(payload, view)
}

function rawShared(name: string, payload: string): Instruction {
  const make = Object.hasOwn(SHARED, name) ? SHARED[name] : undefined
  if (make === undefined) {
    throw new NleError(
      'invalid',
      `shared.${name.slice(0, 40)} may not be written; these may: ${Object.keys(SHARED).join(', ')}`,
    )
  }
  return make(readLoose(payload))
}

function rawDevice(name: string, value: JsonValue, { nowMs }: DeviceView): Instruction {
  if (name !== 'fan_timer_timeout') return command('set_device_setting', { [name]: value })
  // `set_fan` takes a duration; an instant in the past switches the fan off.
  if (typeof value !== 'number') {
    throw new NleError('invalid', 'fan_timer_timeout is a time in Unix seconds, or 0')
  }
  return command('set_fan', Math.max(0, Math.round(value - nowMs / 1000)))
}

import { NleError } from '../../errors.ts'
import type { JsonObject, JsonValue } from '../bucket.ts'
import { jsonObjectIn } from '../input.ts'
import type { DeviceView } from '../view/device-view.ts'
import { CLIMATE_COMMANDS } from './climate.ts'
import { ENTITIES } from './entities.ts'
import { command, type Entity, type Instruction, isThere } from './entity.ts'
import { readLoose } from './payload.ts'
import type { CommandAddress } from './topics.ts'

const BY_TOPIC: ReadonlyMap<string, Entity> = new Map(
  ENTITIES.filter((entity) => entity.command !== undefined).map((each) => [each.topic, each]),
)

/** Fields of `shared` that a raw topic may set besides the bounds of the range, and the command for each. */
const SHARED: Readonly<Record<string, (value: JsonValue) => Instruction>> = {
  target_temperature: (value) => command('set_temperature', value),
  target_temperature_type: (value) => command('set_mode', value),
  schedule_mode: (value) => command('set_schedule_mode', value),
}

/** The bounds of the range: one command, because each is checked against the other. */
const RANGE: Readonly<Record<string, string>> = {
  target_temperature_low: 'low',
  target_temperature_high: 'high',
}

/** The most fields that one message may set. */
const MAX_FIELDS = 64

/**
 * The instructions for a message on a command topic; the command then checks the values.
 *
 * @throws NleError `invalid` for a topic that has no command, or a payload that it cannot read
 */
export function instructions(
  address: CommandAddress,
  payload: string,
  view: DeviceView,
): readonly Instruction[] {
  const { kind, name } = address
  if (kind === 'ha') return homeAssistant(name, payload, view)
  const fields = name === undefined ? readFields(payload) : { [name]: readLoose(payload) }
  return kind === 'device' ? rawDevice(fields, view) : rawShared(fields)
}

/** Several fields at once. @throws NleError `invalid` */
function readFields(payload: string): JsonObject {
  const fields = jsonObjectIn(payload)
  const count = Object.keys(fields ?? {}).length
  if (fields !== undefined && count > 0 && count <= MAX_FIELDS) return fields
  throw new NleError(
    'invalid',
    `several fields at once are a JSON object such as {"target_temperature": 21}, with ${MAX_FIELDS} fields at most`,
  )
}

function homeAssistant(name: string, payload: string, view: DeviceView): readonly Instruction[] {
  const climate = Object.hasOwn(CLIMATE_COMMANDS, name) ? CLIMATE_COMMANDS[name] : undefined
  if (climate !== undefined) return [climate(payload)]
  const entity = BY_TOPIC.get(name)
  if (entity?.command === undefined) throw new NleError('invalid', 'there is no such command topic')
  if (!isThere(entity, view)) throw new NleError('invalid', `this thermostat has no ${entity.name}`)
  return entity.command(payload, view)
}

function rawShared(fields: JsonObject): readonly Instruction[] {
  const range: JsonObject = {}
  const instructions: Instruction[] = []
  for (const [name, value] of Object.entries(fields)) {
    const bound = Object.hasOwn(RANGE, name) ? RANGE[name] : undefined
    const make = Object.hasOwn(SHARED, name) ? SHARED[name] : undefined
    if (bound !== undefined) range[bound] = value
    else if (make !== undefined) instructions.push(make(value))
    else {
      const names = [...Object.keys(SHARED), ...Object.keys(RANGE)].join(', ')
      throw new NleError(
        'invalid',
        `shared.${name.slice(0, 40)} may not be written; these may: ${names}`,
      )
    }
  }
  if (Object.keys(range).length > 0) instructions.push(command('set_temperature', range))
  return instructions
}

function rawDevice(fields: JsonObject, { nowMs }: DeviceView): readonly Instruction[] {
  const { fan_timer_timeout: fanUntilS, fan_timer_active: fanIsOn, away, ...settings } = fields
  const instructions: Instruction[] = []
  // Plugins set these fields as they read them (`pluginFields`).
  if (fanIsOn !== undefined) {
    instructions.push(command('set_fan', yesOrNo('fan_timer_active', fanIsOn) ? 'on' : 'auto'))
  }
  if (away !== undefined) instructions.push(command('set_away', yesOrNo('away', away)))
  if (Object.keys(settings).length > 0) instructions.push(command('set_device_setting', settings))
  if (fanUntilS === undefined) return instructions
  // `set_fan` takes a duration; an instant in the past switches the fan off.
  if (typeof fanUntilS !== 'number') {
    throw new NleError('invalid', 'fan_timer_timeout is a time in Unix seconds, or 0')
  }
  const seconds = Math.max(0, Math.round(fanUntilS - nowMs / 1000))
  return [...instructions, command('set_fan', seconds)]
}

function yesOrNo(field: string, value: JsonValue): boolean {
  if (typeof value === 'boolean') return value
  throw new NleError('invalid', `${field} is true or false`)
}

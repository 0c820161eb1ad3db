import type { CommandName } from '../protocol/commands/plan-command.ts'
import type { ChangeState } from '../protocol/delivery/change.ts'
import type { Pinning } from '../protocol/pairing/password-rules.ts'
import { ASSUMED_CAPABILITIES, HVAC_FIELDS } from '../protocol/view/device-view.ts'
import {
  choice,
  constant,
  either,
  list,
  object,
  of,
  record,
  type Schema,
  type TypeOf,
} from './schema.ts'

export const flag = of('boolean')
export const text = of('string')
export const time = of('string', 'ISO 8601')
const textOrNull = of(['string', 'null'])
const timeOrNull = of(['string', 'null'], 'ISO 8601')

export const serial = of('string', 'Serial of a thermostat. Requests may write it in lower case.', {
  pattern: '^[A-Z0-9]{10,32}$',
})

export const refusalBody = object({
  success: constant(false),
  message: of('string', 'What is wrong and what to do, for people'),
  error: of('string', 'The same as message'),
})

/** A flag for each key of a table. */
function flags<K extends string>(table: Readonly<Record<K, unknown>>) {
  const names = Object.keys(table) as K[]
  return Object.fromEntries(names.map((name) => [name, flag])) as Record<K, typeof flag>
}

const pinning: Schema<Pinning> = choice(
  ['unknown', 'watched', 'ready', 'pinned'],
  'The password it calls with. unknown: none is known. watched: one is. ready: it used that one alone for a week; it is safe to pin. pinned: any other one is refused.',
)

/** °C, or null while the thermostat has not reported it. */
const celsius = (description: string) => of(['number', 'null'], `${description}, °C`)
const reported = 'As the thermostat reports it'

export const status = object({
  serial,
  is_available: of(
    'boolean',
    'Reachable: it holds a connection, or its last request is not older than one hold and 30 s',
  ),
  last_seen: timeOrNull,
  name: of(
    'string',
    'The name given here; else label, name or room of the thermostat; else its serial',
  ),
  current_temperature: celsius('Measured'),
  target_temperature: celsius('Setpoint of heat and cool'),
  target_temperature_high: celsius('Upper bound of range'),
  target_temperature_low: celsius('Lower bound of range'),
  humidity: of(['number', 'null'], 'Percent'),
  target_humidity: of(['number', 'null'], 'Percent'),
  target_humidity_enabled: flag,
  mode: choice(['heat', 'cool', 'range', 'off', 'emergency', null]),
  hvac: object(flags(HVAC_FIELDS), {}, 'What runs now'),
  fan_timer_active: flag,
  fan_timer_timeout: of('number', 'Unix seconds; 0 for none'),
  eco_temperatures: object({ high: celsius('Upper'), low: celsius('Lower') }),
  is_online: of('boolean', 'Available, and the thermostat does not say otherwise'),
  has_leaf: flag,
  software_version: textOrNull,
  temperature_scale: choice(
    ['C', 'F'],
    'The scale of the thermostat’s own screen; the API speaks Celsius only',
  ),
  capabilities: object(flags(ASSUMED_CAPABILITIES)),
  eco_mode: of(['string', 'null'], 'schedule, manual-eco or auto-eco'),
  eco_target: either(
    celsius('In eco: what it works towards instead of the setpoint. Null outside eco and when off'),
    object({ high: celsius('Upper'), low: celsius('Lower') }, {}, 'In range'),
  ),
  time_to_target: of(['number', 'string', 'null'], reported),
  time_to_target_training_status: of(['number', 'string', 'null'], reported),
  safety_state: of(['boolean', 'number', 'string', 'null'], reported),
  safety_temp_activating_hvac: of(['boolean', 'null']),
  learning_mode: of(['boolean', 'string', 'null'], reported),
  preconditioning_enabled: of(['boolean', 'null']),
  backplate_temperature: celsius('Measured at the wall'),
  local_ip: textOrNull,
  mac_address: textOrNull,
  structure_id: textOrNull,
  away: of('boolean', 'Eco was commanded for the home, or the home is empty'),
  schedule_mode: of(['string', 'null'], 'HEAT, COOL or RANGE'),
  can_heat: flag,
  can_cool: flag,
  api_key: constant(''),
  owner: of(['string', 'null'], 'User id'),
  model: textOrNull,
  has_uploaded: of('boolean', 'The thermostat has put both `shared` and `device`'),
  hot_water: either(
    of('null'),
    object(
      {
        active: of('boolean', 'It is heated now'),
        mode: of(['string', 'null'], 'schedule, on or off'),
        boost_timeout: of('number', 'Unix seconds; 0 for none'),
      },
      {},
      'Null where the thermostat controls none',
    ),
  ),
  subscription_count: of('integer', 'Connections it holds now'),
  max_sleep_seconds: of('integer', 'While it works, it calls again within this time'),
  outdoor_temperature: celsius(
    'Outside, as the thermostat reports it, else from the weather that nle fetched for it',
  ),
  next_setpoint: either(
    of('null'),
    object(
      { at: time },
      {
        temperature: of('number', '°C'),
        low: of('number', '°C, in range'),
        high: of('number', '°C, in range'),
      },
      'What the schedule sets next, by the clock of the thermostat. Null when no schedule counts: off, in eco, or in another mode than its own',
    ),
  ),
  time_zone_warning: of(
    ['string', 'null'],
    'For people: the clocks of thermostat and server show different times of day. Null when they agree, or the time zone is not known.',
  ),
  pinning,
  pairing_warning: of(
    ['string', 'null'],
    'For people: it is paired, and shows a new code for another password: it was reset, or something else claims to be it. Else null.',
  ),
})

export const commandName: Schema<CommandName> = choice([
  'set_temperature',
  'set_mode',
  'set_away',
  'set_fan',
  'set_eco_temperatures',
  'set_schedule',
  'set_schedule_mode',
  'set_device_setting',
  'set_name',
])

export const changeState: Schema<ChangeState> = choice(
  ['queued', 'sent', 'confirmed', 'superseded', 'expired', 'ignored'],
  'queued: waits for the thermostat to call, or for its turn. sent: written to its connection. ' +
    'confirmed: the thermostat has it. superseded: the thermostat, or a later command, set something else. ' +
    'expired: it was not delivered in time. ignored: it was sent five times and the thermostat never showed that it has it.',
)

const ending = {
  ended_at: of(['string', 'null'], 'ISO 8601; null while it is open'),
  reason: of(['string', 'null'], 'Why it ended otherwise than confirmed'),
}

export const change = object({
  id: of('integer'),
  serial,
  command: text,
  state: changeState,
  created_at: time,
  ...ending,
  parts: list(
    object({
      object_key: of('string', 'The bucket it sets fields of'),
      fields: of('object'),
      state: changeState,
      sends: of('integer', 'How often it was written'),
      sent_at: timeOrNull,
      expires_at: of(['string', 'null'], 'ISO 8601; null when it has ended or never expires'),
      ...ending,
    }),
    { minItems: 1 },
  ),
})

const scheduleMode = choice(['HEAT', 'COOL', 'RANGE'])

export const schedule = object(
  {
    days: record(
      record(
        object(
          { time: of('integer', 'Seconds from midnight') },
          {
            type: scheduleMode,
            entry_type: choice(['setpoint', 'continuation']),
            temp: of('number'),
            'temp-min': of('number'),
            'temp-max': of('number'),
            touched_by: of('integer', 'Who set it, as the thermostat reports'),
            touched_at: of('integer', 'Unix seconds'),
            touched_tzo: of('integer', 'Seconds east of UTC'),
            touched_user_id: text,
          },
        ),
      ),
      'By day: 0 is Monday. In each the entries by number.',
    ),
  },
  { ver: of('number'), name: text, schedule_mode: scheduleMode },
)

/** The shapes that several endpoints share, by their name in docs/openapi.json. */
export const SHAPES = {
  Serial: serial,
  Refusal: refusalBody,
  Status: status,
  CommandName: commandName,
  ChangeState: changeState,
  Change: change,
  Schedule: schedule,
} as const

export type Status = TypeOf<typeof status>
export type ChangeAnswer = TypeOf<typeof change>
export type Schedule = TypeOf<typeof schedule>

/** An answer other than 200. */
export interface RefusalResponse {
  readonly status: number
  readonly description: string
  readonly schema: Schema<unknown>
}

export function refusal(
  status: number,
  description: string,
  schema: Schema<unknown> = refusalBody,
): RefusalResponse {
  return { status, description, schema }
}

export const invalid = refusal(400, 'Something in the request is wrong; nothing was done.')
export const notFound = refusal(404, 'There is no such thermostat or change.')
/** It carries the header `Retry-After`. */
export const tooMany = refusal(429, 'Too many at once; Retry-After says when to try again.')

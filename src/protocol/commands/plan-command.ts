import { NleError } from '../../errors.ts'
import { shortName } from '../input.ts'
import type { GivenBy } from '../setpoint.ts'
import type { DeviceView } from '../view/device-view.ts'
import type { CommandDefinition } from './command-definition.ts'
import { setAway } from './set-away.ts'
import { setDeviceSetting, setEcoTemperatures } from './set-device-setting.ts'
import { setFan } from './set-fan.ts'
import { setMode } from './set-mode.ts'
import { setName } from './set-name.ts'
import { setSchedule, setScheduleMode } from './set-schedule.ts'
import { setTemperature } from './set-temperature.ts'

/** Every command of section 9, by name. */
export const COMMANDS = {
  set_temperature: setTemperature,
  set_mode: setMode,
  set_away: setAway,
  set_fan: setFan,
  set_eco_temperatures: setEcoTemperatures,
  set_schedule: setSchedule,
  set_schedule_mode: setScheduleMode,
  set_device_setting: setDeviceSetting,
  set_name: setName,
} as const satisfies Readonly<Record<string, CommandDefinition>>

export type CommandName = keyof typeof COMMANDS

function isCommandName(command: unknown): command is CommandName {
  return typeof command === 'string' && Object.hasOwn(COMMANDS, command)
}

/**
 * The changes that a command of `POST /command` makes to one thermostat. Nothing is written here.
 *
 * @param command - the field `command` of the request, unchecked
 * @param value - its field `value`, unchecked; temperatures in °C
 * @param givenBy - a client's value may be moved to what the thermostat takes, a person's may not
 * @returns the plan, and bucket and fields of its first change, as the answer tells of them
 * @throws NleError `invalid` for an unknown command, a value of the wrong type or range, or a
 * thermostat that cannot do it; the message names the field and what it may be
 */
export function planCommand(
  command: unknown,
  value: unknown,
  view: DeviceView,
  givenBy: GivenBy = 'client',
) {
  if (command === undefined || command === null || command === '') {
    throw new NleError('invalid', 'Missing required field: command')
  }
  if (!isCommandName(command)) {
    throw new NleError(
      'invalid',
      `Unknown command: ${shortName(command, 40)}. Commands are ${Object.keys(COMMANDS).join(', ')}`,
    )
  }
  const { plan, describe } = COMMANDS[command]
  if (value === undefined || value === null) {
    throw new NleError('invalid', `Missing required field: value. ${command} takes ${describe}`)
  }
  const { changes, cancels = {}, clamped = false, givenName } = plan(value, view, givenBy)
  const [about] = changes
  return {
    changes: changes.map((change) => ({ command, ...change })),
    cancels,
    givenName,
    objectKey: about.objectKey,
    values: about.fields,
    clamped,
  }
}

import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { scheduleMode } from '../../protocol/schedule/schedule.ts'
import { scheduleUse } from '../../protocol/schedule/schedule-use.ts'
import { isEcoStatus } from '../../protocol/view/eco-state.ts'
import { modeName } from '../format/mode-name.ts'
import type { LabelledCommand } from './labelled-command.ts'

/** For a setpoint and for a schedule. */
export const IN_ECO = 'It is in eco: the eco temperatures count until "away off".'

/**
 * The note on a setpoint that the thermostat takes but does not use for now. Undefined when it uses it
 * at once, or when its mode is not known.
 *
 * @param status - of the thermostat, before the commands
 */
export function setpointNote(
  wanted: readonly LabelledCommand[],
  status: JsonObject,
): string | undefined {
  const asked = (command: string) => wanted.find((each) => each.command === command)?.value
  const setpoint = asked('set_temperature')
  const mode = asked('set_mode') ?? status.mode
  if (setpoint === undefined || typeof mode !== 'string') return undefined
  if (mode === 'off')
    return 'It is off: no temperature counts until it has a mode again ("mode heat").'
  const away = asked('set_away')
  if (away === true || (away !== false && isEcoStatus(status))) {
    return IN_ECO
  }
  const isRange = modeName(mode) === 'heat-cool'
  if (isRange === isObject(setpoint)) return undefined
  return isRange
    ? 'In heat-cool "low" and "high" count, not "temperature".'
    : '"low" and "high" count in heat-cool only; now "temperature" does.'
}

/**
 * The note on a schedule that the thermostat takes but does not use for now. Undefined when it uses it
 * at once, or when its mode is not known.
 *
 * @param status - of the thermostat, before the command
 */
export function scheduleNote(schedule: JsonObject, status: JsonObject): string | undefined {
  const mode = scheduleMode(schedule.schedule_mode)
  const wanted = modeName(String(mode))
  const use = mode === undefined ? undefined : scheduleUse(mode, status)
  if (use === 'off')
    return `It is off: no schedule counts until it has a mode again ("mode ${wanted}").`
  if (use === 'eco') return IN_ECO
  if (use !== 'other mode') return undefined
  return `It is in ${modeName(String(status.mode))}: a ${wanted} schedule counts when it is in ${wanted} ("mode ${wanted}").`
}

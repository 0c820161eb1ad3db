import { NleError } from '../../errors.ts'
import { quoted } from '../input.ts'
import {
  parseSchedule,
  type ScheduleDefaults,
  scheduleDefaults,
  scheduleMode,
} from '../schedule/schedule.ts'
import { Setpoints } from '../setpoint.ts'
import type { DeviceView } from '../view/device-view.ts'
import { reportedMode, reportedScheduleMode, scheduleModeFields } from '../view/own-forms.ts'
import { type CommandDefinition, change } from './command-definition.ts'

/** The defaults for a schedule of this thermostat. */
export function defaultsOf(view: DeviceView): ScheduleDefaults {
  return scheduleDefaults({
    mode: reportedMode(view),
    scheduleMode: reportedScheduleMode(view),
    schedule: view.schedule?.value,
  })
}

/** Replaces the week. The thermostat ignores a schedule of another mode than it says itself (`D6`). */
export const setSchedule: CommandDefinition = {
  describe: 'a schedule: {"schedule_mode": "HEAT|COOL|RANGE", "days": {"0": …}}, day 0 is Monday',
  plan(value, view, givenBy) {
    const setpoints = new Setpoints(givenBy)
    const parsed = parseSchedule(value, defaultsOf(view), setpoints)
    const clamped = setpoints.moved
    const week = change('schedule', `schedule.${view.serial}`, parsed)
    const mode = scheduleMode(parsed.schedule_mode)
    const isSame = mode === undefined || reportedScheduleMode(view) === mode
    if (isSame) return { changes: [week], clamped }
    // The mode waits as long as the schedule, which the thermostat ignores without it.
    const { objectKey, fields } = scheduleModeFields(view, mode)
    const switched = change('setting', objectKey, fields, null)
    return { changes: [week, switched], clamped }
  },
}

export const setScheduleMode: CommandDefinition = {
  describe: 'HEAT, COOL or RANGE',
  plan(value, view) {
    const mode = scheduleMode(value)
    if (mode === undefined) {
      throw new NleError(
        'invalid',
        `schedule_mode must be ${setScheduleMode.describe}, not ${quoted(value)}`,
      )
    }
    const { objectKey, fields } = scheduleModeFields(view, mode)
    return { changes: [change('setting', objectKey, fields)] }
  },
}

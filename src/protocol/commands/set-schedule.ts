import { NleError } from '../../errors.ts'
import { quoted } from '../input.ts'
import {
  parseSchedule,
  type ScheduleDefaults,
  scheduleDefaults,
  scheduleMode,
} from '../schedule/schedule.ts'
import type { DeviceView } from '../view/device-view.ts'
import { type CommandDefinition, change } from './command-definition.ts'

/** The defaults for a schedule of this thermostat. */
export function defaultsOf({ shared, device, schedule }: DeviceView): ScheduleDefaults {
  return scheduleDefaults({
    mode: shared.target_temperature_type ?? device.target_temperature_type,
    scheduleMode: shared.schedule_mode,
    schedule: schedule?.value,
  })
}

/** Replaces the week. The thermostat ignores a schedule of another mode than `shared` says (`D6`). */
export const setSchedule: CommandDefinition = {
  describe: 'a schedule: {"schedule_mode": "HEAT|COOL|RANGE", "days": {"0": …}}, day 0 is Monday',
  plan(value, view) {
    const { serial, shared } = view
    const parsed = parseSchedule(value, defaultsOf(view))
    const week = change('schedule', `schedule.${serial}`, parsed)
    const mode = scheduleMode(parsed.schedule_mode)
    if (mode === undefined || shared.schedule_mode === mode) return { changes: [week] }
    // The mode waits as long as the schedule, which the thermostat ignores without it.
    const switched = change('setting', `shared.${serial}`, { schedule_mode: mode }, null)
    return { changes: [week, switched] }
  },
}

export const setScheduleMode: CommandDefinition = {
  describe: 'HEAT, COOL or RANGE',
  plan(value, { serial }) {
    const mode = scheduleMode(value)
    if (mode === undefined) {
      throw new NleError(
        'invalid',
        `schedule_mode must be ${setScheduleMode.describe}, not ${quoted(value)}`,
      )
    }
    return { changes: [change('setting', `shared.${serial}`, { schedule_mode: mode })] }
  },
}

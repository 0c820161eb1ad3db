import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { type Week, wireDays } from '../../protocol/schedule/change-week.ts'
import {
  parseSchedule,
  type ScheduleDefaults,
  type ScheduleMode,
  scheduleDefaults,
  scheduleMode,
} from '../../protocol/schedule/schedule.ts'
import { weekSetpoints } from '../../protocol/schedule/week.ts'
import { Setpoints } from '../../protocol/setpoint.ts'
import type { ServerClient } from '../client/client.ts'
import { requirePaired, type ServerDevice } from '../client/find-device.ts'
import type { RawDeliveryOptions } from '../set/deliver.ts'
import { printable } from '../terminal/printable.ts'

/** The week of a thermostat as readers see it, one on its way included (`D7`). */
export interface ThermostatWeek {
  /** As on file; undefined when the thermostat has not told one. */
  readonly schedule: JsonObject | undefined
  readonly week: Week
  /** The mode of its setpoints; of a week without any, the mode that the next ones get. */
  readonly mode: ScheduleMode
  /** For a new schedule that does not say. */
  readonly defaults: ScheduleDefaults
}

/**
 * The week of a thermostat that is about to be changed.
 *
 * @param options - with `force`, also of a thermostat that is not paired
 * @throws NleError `unauthorized` for one that is not paired, before a person is asked anything
 */
export async function weekToChange(
  client: ServerClient,
  device: ServerDevice,
  { force }: Pick<RawDeliveryOptions, 'force'>,
): Promise<ThermostatWeek> {
  requirePaired(device, force === true)
  const { serial, status } = device
  const { schedule } = await client.schedule(serial)
  const defaults = scheduleDefaults({
    mode: status.mode,
    scheduleMode: status.schedule_mode,
    schedule,
  })
  const week = weekSetpoints(schedule ?? {})
  const own = isEmpty(week) ? undefined : scheduleMode(schedule?.schedule_mode)
  return { schedule, week, mode: own ?? defaults.mode ?? 'HEAT', defaults }
}

export function isEmpty(week: Week): boolean {
  return week.every((entries) => entries.length === 0)
}

/**
 * For changes of single setpoints, which would make a whole week of them.
 *
 * @throws NleError `not_found` when the thermostat has not told its week
 */
export function requireWeek({ schedule }: ThermostatWeek, { name }: ServerDevice): void {
  if (schedule !== undefined) return
  throw new NleError(
    'not_found',
    `${printable(name)} has not told its schedule yet, so nothing can be changed in it. "nle schedule edit" sends a whole week.`,
  )
}

/** The changed week as the command `set_schedule` takes it. */
export function changedSchedule(
  { schedule, mode, defaults }: ThermostatWeek,
  week: Week,
): JsonObject {
  const days = wireDays(week)
  const { name } = schedule ?? {}
  const value = { schedule_mode: mode, days, ...(typeof name === 'string' ? { name } : {}) }
  return parseSchedule(value, defaults, new Setpoints('person'))
}

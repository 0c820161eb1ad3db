import { NleError } from '../../errors.ts'
import {
  type Week,
  withCopies,
  withoutTimes,
  withSetpoints,
} from '../../protocol/schedule/change-week.ts'
import { timeText } from '../../protocol/schedule/days.ts'
import type { ServerDevice } from '../client/find-device.ts'
import { dayNames, setpointText } from '../format/week-changes.ts'
import type { Invocation } from '../invocation.ts'
import { shellWord } from '../terminal/printable.ts'
import { readDays, readSetpoints, readTime, splitAtTime, toEntry } from './schedule-words.ts'
import { sendWeek, type WeekOptions } from './send-week.ts'
import {
  changedSchedule,
  requireWeek,
  type ThermostatWeek,
  weekToChange,
} from './thermostat-week.ts'

/** Changes of single setpoints and days. What is wrong in any week is refused before a server is looked for. */

/** `nle schedule set hallway mon-fri 06:30 21` */
export async function setSetpoints(
  call: Invocation<WeekOptions>,
  asked: string,
  words: readonly string[],
): Promise<number> {
  const typed = `nle schedule set ${shellWord(asked)}`
  const { days, rest } = splitAtTime(words, `${typed} mon-fri 06:30 21`)
  const written = readSetpoints(rest, `${typed} ${dayWord(days)} ${rest[0]} 21`)
  return change(call, asked, ({ week, mode }, { scale }) => {
    const added = written.map((one) => toEntry(one, mode, scale))
    return withSetpoints(week, days, added)
  })
}

/** `nle schedule remove hallway mon 06:30` */
export async function removeSetpoints(
  call: Invocation<WeekOptions>,
  asked: string,
  first: string,
  more: readonly string[],
): Promise<number> {
  const typed = `nle schedule remove ${shellWord(asked)}`
  const { days, rest } = splitAtTime([first, ...more], `${typed} mon 06:30`)
  const times = rest.map(readTime)
  return change(call, asked, ({ week }, device) => {
    for (const time of times) requireTime(week, days, time, device)
    return withoutTimes(week, days, times)
  })
}

/** `nle schedule copy hallway mon tue-fri` */
export async function copyDay(
  call: Invocation<WeekOptions>,
  asked: string,
  from: string,
  to: readonly string[],
): Promise<number> {
  const [source = 0, ...others] = readDays(from)
  if (others.length > 0) {
    throw new NleError(
      'invalid',
      `One day is copied to others, such as "mon tue-fri", not "${from}".`,
    )
  }
  const days = readDays(to.join(' '))
  return change(call, asked, ({ week }) => withCopies(week, source, days))
}

/** Sends the week as `changed` makes it from what it is. */
async function change(
  call: Invocation<WeekOptions>,
  asked: string,
  changed: (now: ThermostatWeek, device: ServerDevice) => Week,
): Promise<number> {
  const { client, device } = await call.requireDevice(asked)
  const now = await weekToChange(client, device, call.options)
  requireWeek(now, device)
  return sendWeek(call, { client, device, now, wanted: changedSchedule(now, changed(now, device)) })
}

/** @throws NleError `not_found` when none of the days sets anything at that time */
function requireTime(
  week: Week,
  days: readonly number[],
  time: number,
  { scale }: ServerDevice,
): void {
  if (days.some((day) => week[day]?.some(({ at }) => at === time))) return
  const [first = 0] = days
  const there = (week[first] ?? []).map(({ at, temps }) => setpointText(at, temps, scale))
  throw new NleError(
    'not_found',
    `There is no setpoint at ${timeText(time)} on ${dayNames(days)}. ${dayNames([first])} has ${there.join(', ') || 'none at all'}.`,
  )
}

/** The first of the days, as people type it. */
function dayWord([first = 0]: readonly number[]): string {
  return dayNames([first]).slice(0, 3).toLowerCase()
}

import { signal } from '@preact/signals'
import type { Status } from '../../../api/shapes.ts'
import { type ScheduleMode, scheduleMode } from '../../../protocol/schedule/schedule.ts'
import { sameWeek } from '../../../protocol/schedule/week.ts'
import { request } from '../../client/request.ts'
import { thermostats } from '../../state/household.ts'
import { send } from '../../state/sending.ts'
import { beginEdit, isChanged, scheduleCommand, type WeekEdit } from './week-edit.ts'

type Schedule = Parameters<typeof beginEdit>[0]

/** The week of one thermostat as this page has it. */
export interface OpenWeek {
  /** What a save replaces; another schedule there by then is a conflict. */
  readonly base: Schedule
  readonly edit: WeekEdit
  /** Somebody else changed the week after this person had begun to. */
  readonly conflict?: Schedule
}

/** By serial. Changes that are not saved stay while a person looks at other places of the page. */
export const weeks = signal<ReadonlyMap<string, OpenWeek>>(new Map())
/** By serial: the week could not be read. */
export const unread = signal<ReadonlySet<string>>(new Set())

/** Whether a week has changes that are not saved. */
export function hasUnsavedWeek(): boolean {
  return [...weeks.value.values()].some(({ edit }) => isChanged(edit))
}

addEventListener('beforeunload', (event) => {
  if (hasUnsavedWeek()) event.preventDefault()
})

/** The modes that a schedule of this thermostat may have. */
export function scheduleModes({ can_heat: heat, can_cool: cool }: Status): ScheduleMode[] {
  return [
    ...(heat ? (['HEAT'] as const) : []),
    ...(cool ? (['COOL'] as const) : []),
    ...(heat && cool ? (['RANGE'] as const) : []),
  ]
}

/** Reads the week from the server, unless this person is changing it. */
export async function readWeek(serial: string): Promise<void> {
  try {
    const schedule = await fetchWeek(serial)
    const open = weeks.value.get(serial)
    if (open === undefined || !isChanged(open.edit)) keep(serial, begin(serial, schedule))
    mark(serial, false)
  } catch {
    mark(serial, true)
  }
}

/** Carries out a step of the person. */
export function changeWeek(serial: string, change: (edit: WeekEdit) => WeekEdit): void {
  const open = weeks.value.get(serial)
  if (open !== undefined) keep(serial, { ...open, edit: change(open.edit) })
}

/**
 * Sends the week as one command. When the week on the server is not the one that the person began with, it asks
 * first, by `conflict`.
 *
 * @param anyway - the person has seen the conflict, and wants this week
 */
export async function saveWeek(serial: string, anyway = false): Promise<void> {
  const open = weeks.value.get(serial)
  if (open === undefined) return
  let theirs: Schedule
  try {
    theirs = await fetchWeek(serial)
  } catch {
    mark(serial, true)
    return
  }
  mark(serial, false)
  if (!anyway && !sameWeek(theirs ?? {}, open.base ?? {})) {
    keep(serial, { ...open, conflict: theirs })
    return
  }
  const command = scheduleCommand(open.edit, open.base?.name)
  if (await send(serial, 'set_schedule', command)) keep(serial, begin(serial, command))
}

/** Gives up the changes for the week that somebody else set. */
export function takeTheirs(serial: string): void {
  const { conflict } = weeks.value.get(serial) ?? {}
  if (conflict !== undefined) keep(serial, begin(serial, conflict))
}

/** Reads the week of another thermostat, so that it can be changed. */
export async function openWeekOf(serial: string): Promise<boolean> {
  if (!weeks.value.has(serial)) await readWeek(serial)
  return weeks.value.has(serial)
}

async function fetchWeek(serial: string): Promise<Schedule> {
  const { schedule } = await request('getSchedule', { query: { serial } })
  return schedule as Schedule
}

function begin(serial: string, base: Schedule): OpenWeek {
  const status = thermostats.value.get(serial)
  const [first = 'HEAT'] = status === undefined ? [] : scheduleModes(status)
  return { base, edit: beginEdit(base, scheduleMode(status?.mode) ?? first) }
}

function keep(serial: string, open: OpenWeek): void {
  weeks.value = new Map(weeks.value).set(serial, open)
}

function mark(serial: string, failed: boolean): void {
  if (unread.value.has(serial) === failed) return
  const next = new Set(unread.value)
  if (failed) next.add(serial)
  else next.delete(serial)
  unread.value = next
}

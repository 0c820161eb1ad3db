import type { JsonObject } from '../../protocol/bucket.ts'
import { changedDays, emptiedDays, type Week } from '../../protocol/schedule/change-week.ts'
import { scheduleMode } from '../../protocol/schedule/schedule.ts'
import { weekSetpoints } from '../../protocol/schedule/week.ts'
import type { ServerClient } from '../client/client.ts'
import type { ServerDevice } from '../client/find-device.ts'
import { modeName } from '../format/mode-name.ts'
import { dayNames, weekChanges } from '../format/week-changes.ts'
import type { Invocation, SharedOptions } from '../invocation.ts'
import { deliver, deliverOptions, type RawDeliveryOptions } from '../set/deliver.ts'
import { scheduleNote } from '../set/delivery-notes.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { confirm } from '../terminal/prompt.ts'
import { isEmpty, type ThermostatWeek } from './thermostat-week.ts'

export type WeekOptions = SharedOptions & RawDeliveryOptions & { readonly yes?: true }

/** A week that a person wants in the place of the one that the thermostat has. */
export interface Replacement {
  readonly client: ServerClient
  readonly device: ServerDevice
  readonly now: ThermostatWeek
  /** As the command `set_schedule` takes it. */
  readonly wanted: JsonObject
  /** Asked also when no day is emptied. */
  readonly question?: string
  /** Called before it is sent. */
  readonly beforeSending?: () => void
}

/**
 * Shows what changes, asks where that is due, sends the week and waits until the thermostat has it. A week
 * that changes nothing is not sent.
 *
 * @returns the exit code
 * @throws NleError `cancelled` after no; `invalid` when there is a question and no terminal
 */
export async function sendWeek(
  call: Invocation<WeekOptions>,
  { client, device, now, wanted, question, beforeSending }: Replacement,
): Promise<number> {
  const { io, json, options } = call
  const { serial, name, scale, status } = device
  const week = weekSetpoints(wanted)
  const changed = changedDays(now.week, week)
  const mode = isEmpty(week) ? undefined : scheduleMode(wanted.schedule_mode)
  const before = scheduleMode(now.schedule?.schedule_mode)
  const switches = [before, scheduleMode(status.schedule_mode)].some(
    (each) => mode !== undefined && each !== undefined && each !== mode,
  )
  if (changed.length === 0 && !switches && now.schedule !== undefined) {
    const line = `${printable(name)} has this week already. Nothing was sent.`
    call.print({ serial, name, changes: [] }, line)
    return 0
  }
  const emptied = emptiedDays(changed)
  const asks = options.yes !== true && (question !== undefined || emptied.length > 0)
  // Without a terminal the question is refused.
  if (asks ? io.interactive : !json) {
    const [out, columns] = json ? [io.stderr, io.errorColumns] : [io.stdout, io.columns]
    out.write(weekChanges(changed, { scale, columns, chalk: chalkOf(io) }))
    if (before !== undefined && mode !== undefined && before !== mode) {
      note(io, `The schedule changes from ${modeName(before)} to ${modeName(mode)}.`)
    }
  }
  if (asks) await agree(io, question, emptied, week)
  beforeSending?.()
  const label = isEmpty(week) ? 'empty schedule' : `schedule "${String(wanted.name)}"`
  const command = { command: 'set_schedule', value: wanted, label }
  const exitCode = await deliver(client, device, [command], deliverOptions(options), io)
  const hint = isEmpty(week) ? undefined : scheduleNote(wanted, status)
  if (hint !== undefined && !json) note(io, hint)
  return exitCode
}

/** @throws NleError see `sendWeek` */
async function agree(
  io: Io,
  question: string | undefined,
  emptied: readonly number[],
  week: Week,
): Promise<void> {
  if (emptied.length === 0) return confirm(io, question ?? '')
  const what = isEmpty(week)
    ? 'no setpoint is left in the whole week'
    : `nothing is set on ${dayNames(emptied)} any more, and the temperature of the day before goes on`
  await confirm(
    io,
    `${sentence(what)}. Send it all the same?`,
    `Nothing was changed: ${what}, and there is no terminal to ask on. Add --yes to send it without a question.`,
  )
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

import { readFileSync, rmSync } from 'node:fs'
import { Chalk } from 'chalk'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import { changedDays, wireDays } from '../../protocol/schedule/change-week.ts'
import { parseScheduleFile } from '../../protocol/schedule/schedule-file.ts'
import type { ServerClient } from '../client/client.ts'
import type { ServerDevice } from '../client/find-device.ts'
import { weekTable } from '../format/week-table.ts'
import type { Invocation } from '../invocation.ts'
import { editorOf, runEditor } from '../terminal/editor.ts'
import { note } from '../terminal/print.ts'
import { printable, shellWord } from '../terminal/printable.ts'
import { offer } from '../terminal/prompt.ts'
import { wrap } from '../terminal/wrap.ts'
import { keepWeek } from './kept-file.ts'
import { readScheduleText } from './schedule-text.ts'
import { sendWeek, type WeekOptions } from './send-week.ts'
import { type ThermostatWeek, weekToChange } from './thermostat-week.ts'

/** The widest line of the file; narrower where the terminal is. */
const COLUMNS = 80

/** The week as text that `parseWeekText` reads, for a file. */
export function weekFile(
  { schedule, week, mode }: ThermostatWeek,
  { scale }: ServerDevice,
  columns = COLUMNS,
): string {
  const shown = { ...schedule, schedule_mode: mode, days: wireDays(week) }
  return weekTable(shown, { scale, columns, chalk: new Chalk({ level: 0 }) })
}

/** The same below comments that explain it; they fit a narrow terminal. */
function explained(now: ThermostatWeek, device: ServerDevice, columns: number): string {
  const [warm, cool, other] = device.scale === 'F' ? ['70', '63', '21C'] : ['21', '17.5', '70F']
  const forms = [
    [`Monday  06:30 ${warm}  22:00 ${cool}`, 'from these times on'],
    ['mon,wed  mon-fri  weekend  all', 'several days at once;'],
    ['', 'a line with fewer days wins'],
    ['Sunday  -', 'Saturday goes on'],
    ['06:30 19-24', 'a range, for heat-cool'],
    [`06:30 ${other}`, 'in the other unit'],
    ['06:30 21  # get up', 'a note of yours'],
  ] as const
  const about = `The week of ${printable(device.name)}. Save it and close the editor: you see what changes, and are asked before it is sent.`
  const comments = [
    ...wrap(about, columns - 2).split('\n'),
    '',
    ...forms.map(([form, meaning]) => `${form.padEnd(31)}${meaning}`),
    '',
    'In brackets: heat, cool or heat-cool, and the unit.',
  ]
  const lines = comments.map((line) => `# ${line}`.trimEnd())
  return `${lines.join('\n')}\n\n${weekFile(now, device, columns)}`
}

/**
 * Lets the person edit the week, checks it, and sends it after a question. Their text is deleted only when it
 * was sent, or changes nothing.
 *
 * @returns the exit code
 * @throws NleError `invalid` without a terminal, unless `--yes` was given
 */
export async function editWeek(
  call: Invocation<WeekOptions>,
  client: ServerClient,
  device: ServerDevice,
): Promise<number> {
  const { io } = call
  const called = shellWord(device.name)
  if (!io.interactive && call.options.yes !== true) {
    throw new NleError(
      'invalid',
      `Nothing was changed: there is no terminal to ask on. Add --yes to send what the editor leaves without a question, or send a file: nle schedule set ${called} week.txt.`,
    )
  }
  const editor = editorOf(io)
  const before = await weekToChange(client, device, call.options)
  const text = explained(before, device, Math.min(COLUMNS, io.columns))
  const file = keepWeek(io, device, text)
  try {
    const wanted = await edited(call, editor, file, text, before)
    if (wanted === undefined) {
      const { serial, name } = device
      call.print({ serial, name, changes: [] }, 'Nothing was changed, so nothing was sent.')
    }
    const exitCode =
      wanted === undefined ? 0 : await sendEdited(call, client, device, before, wanted)
    rmSync(file, { force: true })
    return exitCode
  } catch (error) {
    if (isUntouched(file, text)) {
      rmSync(file, { force: true })
    } else {
      note(io, `Your text is in ${file}. To send it: nle schedule set ${called} ${shellWord(file)}`)
    }
    throw error
  }
}

/**
 * What the person wrote, once it is right.
 *
 * @returns undefined when the text is unchanged
 */
async function edited(
  { io }: Invocation<WeekOptions>,
  editor: string,
  file: string,
  text: string,
  { defaults }: ThermostatWeek,
): Promise<JsonObject | undefined> {
  for (;;) {
    await runEditor(editor, file, io)
    const written = await readScheduleText(file, io)
    if (written.text === text) return undefined
    try {
      return parseScheduleFile(written.text, defaults)
    } catch (cause) {
      if (!(cause instanceof NleError)) throw cause
      const error = new NleError('invalid', `Nothing was sent: ${cause.message}.`, { cause })
      if (!io.interactive) throw error
      note(io, error.message)
      if (!(await offer(io, 'Open the editor again?'))) {
        throw new NleError('cancelled', 'Nothing was sent.', { cause: error })
      }
    }
  }
}

async function sendEdited(
  call: Invocation<WeekOptions>,
  client: ServerClient,
  device: ServerDevice,
  before: ThermostatWeek,
  wanted: JsonObject,
): Promise<number> {
  // It may have changed while the person was editing; what is shown is what will change.
  const now = await weekToChange(client, device, call.options)
  if (changedDays(before.week, now.week).length > 0) {
    note(call.io, 'The week changed while you were editing. Compared with what it is now:')
  }
  const question = `Send it to ${printable(device.name)}?`
  return sendWeek(call, { client, device, now, wanted, question })
}

function isUntouched(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8') === text
  } catch {
    return true
  }
}

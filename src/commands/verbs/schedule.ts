import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { daysNamed } from '../../protocol/schedule/days.ts'
import { setpointLimits } from '../../protocol/setpoint.ts'
import { DEVICE_HELP, deviceOrOnly } from '../client/find-device.ts'
import { weekTable } from '../format/week-table.ts'
import { type Invocation, onServer } from '../invocation.ts'
import { copyDay, removeSetpoints, setSetpoints } from '../schedule/change-setpoints.ts'
import { clearWeek } from '../schedule/clear-week.ts'
import { editWeek } from '../schedule/edit-week.ts'
import { isScheduleFile, parseScheduleText, readScheduleText } from '../schedule/schedule-text.ts'
import { sendWeek, type WeekOptions } from '../schedule/send-week.ts'
import { weekToChange } from '../schedule/thermostat-week.ts'
import { addDeliveryOptions, deliverOptions, SCHEDULE_TIMEOUT_S } from '../set/deliver.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson, printLine } from '../terminal/print.ts'

const ONLY_HELP = `${DEVICE_HELP}; the only paired one when left out`
const DAYS_HELP = 'mon, mon,wed, mon-fri, weekend or all'

export function registerSchedule(program: Command, io: Io): void {
  const schedule = program
    .command('schedule')
    .description('show and change the weekly schedule of a thermostat')

  const show = schedule
    .command('show')
    .description('show the week, one on its way included')
    .argument('[device]', ONLY_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle schedule show Kitchen')
  onServer(show, io, showSchedule, { json: 'print JSON, a schedule as "set" takes it' })

  const own = (command: Command) =>
    addDeliveryOptions(command.option('-y, --yes', 'do not ask'), SCHEDULE_TIMEOUT_S)
  const onWeek = <Args extends unknown[]>(
    command: Command,
    run: (call: Invocation<WeekOptions>, ...args: Args) => Promise<number>,
  ): void => {
    const checked = (call: Invocation<WeekOptions>, ...args: Args): Promise<number> => {
      // Wrong options are refused before anything is edited or asked.
      deliverOptions(call.options)
      return run(call, ...args)
    }
    onServer(command, io, checked, { own })
  }
  const edit = schedule
    .command('edit')
    .description('change the week in your editor')
    .argument('[device]', ONLY_HELP)
    .addHelpText(
      'after',
      `
It opens the week as text in the editor that VISUAL or EDITOR names, else in nano or vi. What you save is
checked; you see what changes and are asked before it is sent. An editor with a window of its own has to wait
until you close the file, as "code --wait" does.

Examples:
  $ nle schedule edit
  $ EDITOR="code --wait" nle schedule edit Kitchen`,
    )
  onWeek(edit, editSchedule)

  const set = schedule
    .command('set')
    .description('set single setpoints, or replace the week by the one in a file')
    .argument('<device>', DEVICE_HELP)
    .argument(
      '<days-or-file...>',
      'days, then times with temperatures: mon-fri 06:30 21; or a file, - for standard input',
    )
    .addHelpText(
      'after',
      `
Setpoints are added to those that the days have; one at the same time is replaced.

It waits until the thermostat has it, which takes half a minute: the thermostat applies a schedule
after a quiet while, and says so when it calls next. It ends with 0 only then.

A file has the lines that "nle schedule show" prints, or JSON; docs/cli.md says more. It replaces the week:
  mon-fri  06:30 21  08:00 17  17:00 21  22:30 16
  weekend  08:00 21  23:00 16

Examples:
  $ nle schedule set Kitchen mon,tue 06:30 20
  $ nle schedule set Kitchen weekend 08:00 21 23:00 16.5
  $ nle schedule set Kitchen mon 06:30 19-24
  $ nle schedule set Kitchen week.txt
  $ nle schedule show Kitchen --json | nle schedule set Den -`,
    )
  set.exitOverride((error) => {
    // Commander takes `-1C` for an option.
    if (error.code === 'commander.unknownOption' && /option '-+\d/.test(error.message)) {
      throw new NleError(
        'invalid',
        `A temperature has no sign: write the temperature itself, ${setpointLimits()}, such as 21.`,
      )
    }
    throw error
  })
  onWeek(set, setSchedule)

  const remove = schedule
    .command('remove')
    .description('take setpoints out of the week')
    .argument('<device>', DEVICE_HELP)
    .argument('<days>', DAYS_HELP)
    .argument('<times...>', 'of the setpoints: 06:30')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle schedule remove Kitchen mon 06:30\n  $ nle schedule remove Kitchen weekend 06:30 22:00',
    )
  onWeek(remove, removeSetpoints)

  const copy = schedule
    .command('copy')
    .description('copy a day of the week to others')
    .argument('<device>', DEVICE_HELP)
    .argument('<from>', 'the day to copy: mon')
    .argument('<days...>', `where to: ${DAYS_HELP}`)
    .addHelpText('after', '\nExamples:\n  $ nle schedule copy Kitchen mon tue-fri')
  onWeek(copy, copyDay)

  const clear = schedule
    .command('clear')
    .description('take all setpoints out of the week')
    .argument('<device>', DEVICE_HELP)
    .addHelpText(
      'after',
      '\nThe week is kept in a file, to bring it back.\n\nExamples:\n  $ nle schedule clear Kitchen',
    )
  onWeek(clear, clearWeek)
}

async function showSchedule(call: Invocation, asked: string | undefined): Promise<void> {
  const { io } = call
  const client = await call.requireServer()
  const device = await deviceOrOnly(client, asked, 'nle schedule show')
  const { schedule } = await client.schedule(device.serial)
  if (call.json) return printJson(io, schedule ?? null)
  if (schedule === undefined) {
    return printLine(io, 'There is no schedule. "nle schedule edit" sends one.')
  }
  const { columns } = io
  io.stdout.write(weekTable(schedule, { scale: device.scale, columns, chalk: chalkOf(io) }))
}

async function editSchedule(
  call: Invocation<WeekOptions>,
  asked: string | undefined,
): Promise<number> {
  const client = await call.requireServer()
  return editWeek(call, client, await deviceOrOnly(client, asked, 'nle schedule edit'))
}

async function setSchedule(
  call: Invocation<WeekOptions>,
  first: string,
  words: readonly string[],
): Promise<number> {
  const [second = ''] = words
  if (words.length > 1 || isDays(second)) return setSetpoints(call, first, words)
  const isSwapped = !isScheduleFile(second) && isScheduleFile(first)
  return isSwapped ? setFile(call, second, first) : setFile(call, first, second)
}

/** Whether a single word says days, and no file has that name. */
function isDays(word: string): boolean {
  return daysNamed(word) !== undefined && !isScheduleFile(word)
}

async function setFile(
  call: Invocation<WeekOptions>,
  asked: string,
  file: string,
): Promise<number> {
  const written = await readScheduleText(file, call.io)
  // Refused with its line before a server is looked for.
  parseScheduleText(written, {})
  const { client, device } = await call.requireDevice(asked)
  const now = await weekToChange(client, device, call.options)
  return sendWeek(call, { client, device, now, wanted: parseScheduleText(written, now.defaults) })
}

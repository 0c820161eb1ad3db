import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { scheduleDefaults } from '../../protocol/schedule/schedule.ts'
import { parseScheduleFile } from '../../protocol/schedule/schedule-file.ts'
import { requireServer } from '../client/find-server.ts'
import { DEVICE_HELP, deviceNamed } from '../client/server-device.ts'
import { weekTable } from '../format/week-table.ts'
import {
  type RawServerOptions,
  serverChoice,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import {
  deliver,
  deliverOptions,
  type RawDeliveryOptions,
  SCHEDULE_TIMEOUT_S,
  withDeliveryOptions,
} from '../set/deliver.ts'
import { scheduleNote } from '../set/delivery-notes.ts'
import { readScheduleText } from '../set/schedule-text.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'

type DeliveryOptions = RawServerOptions & RawDeliveryOptions

/** Adds `nle schedule show|set|clear`. */
export function registerSchedule(
  program: Command,
  io: Io,
  setExitCode: (exitCode: number) => void,
): void {
  const schedule = program
    .command('schedule')
    .description('show, set or clear the weekly schedule of a thermostat')

  const show = schedule
    .command('show')
    .description('show the week, one on its way included')
    .argument('<device>', DEVICE_HELP)
  withDatabaseOption(withServerOption(show))
    .option('--json', 'print JSON, a schedule as "set" takes it')
    .addHelpText('after', '\nExamples:\n  $ nle schedule show Kitchen')
    .action((asked: string, options: RawServerOptions & { json?: true }) =>
      showSchedule(asked, options, io),
    )

  const set = schedule
    .command('set')
    .description('replace the week by the one in a file')
    .argument('<device>', DEVICE_HELP)
    .argument('<file>', 'JSON file with times and temperatures; - reads standard input')
  withDeliveryOptions(withDatabaseOption(withServerOption(set)), SCHEDULE_TIMEOUT_S)
    .addHelpText(
      'after',
      `
It waits until the thermostat has it, which takes half a minute: the thermostat applies a schedule
after a quiet while, and says so when it calls next. It ends with 0 only then.

A file names days and holds setpoints by time of day; docs/cli.md says more:
  { "mode": "heat",
    "weekdays": { "06:30": 21, "08:00": 17, "17:00": 21, "22:30": 16 },
    "weekend":  { "08:00": 21, "23:00": 16 } }

Examples:
  $ nle schedule set Kitchen week.json
  $ nle schedule show Kitchen --json | nle schedule set Den -`,
    )
    .action(async (asked: string, file: string, options: DeliveryOptions) => {
      setExitCode(await setSchedule(asked, file, options, io))
    })

  const clear = schedule
    .command('clear')
    .description('take all setpoints out of the week')
    .argument('<device>', DEVICE_HELP)
  withDeliveryOptions(withDatabaseOption(withServerOption(clear)), SCHEDULE_TIMEOUT_S)
    .addHelpText('after', '\nExamples:\n  $ nle schedule clear Kitchen')
    .action(async (asked: string, options: DeliveryOptions) => {
      const how = deliverOptions(options)
      const client = await requireServer(serverChoice(options, io.env), io)
      const device = await deviceNamed(client, asked)
      const errand = { command: 'set_schedule', value: { days: {} }, says: 'no schedule' }
      setExitCode(await deliver(client, device, [errand], how, io))
    })
}

async function showSchedule(
  asked: string,
  options: RawServerOptions & { json?: true },
  io: Io,
): Promise<void> {
  const client = await requireServer(serverChoice(options, io.env), io)
  const device = await deviceNamed(client, asked)
  const { schedule } = await client.schedule(device.serial)
  if (options.json === true) {
    printJson(io, schedule ?? null)
    return
  }
  if (schedule === undefined) {
    printLine(io, 'There is no schedule. "nle schedule set" sends one.')
    return
  }
  const { columns } = io
  io.stdout.write(weekTable(schedule, { scale: device.scale, columns, chalk: chalkOf(io) }))
}

async function setSchedule(
  first: string,
  second: string,
  options: DeliveryOptions,
  io: Io,
): Promise<number> {
  const how = deliverOptions(options)
  const { text, file, asked } = await readScheduleText(first, second, io)
  // Refused before a server is looked for, with the line.
  parsed(text, file, {})
  const client = await requireServer(serverChoice(options, io.env), io)
  const device = await deviceNamed(client, asked)
  const { schedule } = await client.schedule(device.serial)
  const { mode, schedule_mode } = device.status
  const value = parsed(
    text,
    file,
    scheduleDefaults({ mode, scheduleMode: schedule_mode, schedule }),
  )
  const errand = { command: 'set_schedule', value, says: `schedule "${String(value.name)}"` }
  const exitCode = await deliver(client, device, [errand], how, io)
  const hint = scheduleNote(value, device.status)
  if (hint !== undefined && !how.json) note(io, hint)
  return exitCode
}

function parsed(text: string, file: string, defaults: Parameters<typeof parseScheduleFile>[1]) {
  try {
    return parseScheduleFile(text, defaults)
  } catch (error) {
    if (!(error instanceof NleError)) throw error
    throw new NleError(error.code, `${file}: ${error.message}`, {
      cause: error,
      details: error.details,
    })
  }
}

import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { scheduleDefaults } from '../../protocol/schedule/schedule.ts'
import { parseScheduleFile } from '../../protocol/schedule/schedule-file.ts'
import { DEVICE_HELP } from '../client/find-device.ts'
import { weekTable } from '../format/week-table.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import {
  addDeliveryOptions,
  deliver,
  deliverOptions,
  type RawDeliveryOptions,
  SCHEDULE_TIMEOUT_S,
} from '../set/deliver.ts'
import { scheduleNote } from '../set/delivery-notes.ts'
import { readScheduleText } from '../set/schedule-text.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'

type DeliveryOptions = SharedOptions & RawDeliveryOptions

export function registerSchedule(program: Command, io: Io): void {
  const schedule = program
    .command('schedule')
    .description('show, set or clear the weekly schedule of a thermostat')

  const show = schedule
    .command('show')
    .description('show the week, one on its way included')
    .argument('<device>', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle schedule show Kitchen')
  onServer(show, io, showSchedule, { json: 'print JSON, a schedule as "set" takes it' })

  const own = (command: Command) => addDeliveryOptions(command, SCHEDULE_TIMEOUT_S)
  const set = schedule
    .command('set')
    .description('replace the week by the one in a file')
    .argument('<device>', DEVICE_HELP)
    .argument('<file>', 'JSON file with times and temperatures; - reads standard input')
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
  onServer(set, io, setSchedule, { own })

  const clear = schedule
    .command('clear')
    .description('take all setpoints out of the week')
    .argument('<device>', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle schedule clear Kitchen')
  onServer(clear, io, clearSchedule, { own })
}

async function showSchedule(call: Invocation, asked: string): Promise<void> {
  const { io } = call
  const { client, device } = await call.requireDevice(asked)
  const { schedule } = await client.schedule(device.serial)
  if (call.json) return printJson(io, schedule ?? null)
  if (schedule === undefined) {
    return printLine(io, 'There is no schedule. "nle schedule set" sends one.')
  }
  const { columns } = io
  io.stdout.write(weekTable(schedule, { scale: device.scale, columns, chalk: chalkOf(io) }))
}

async function clearSchedule(call: Invocation<DeliveryOptions>, asked: string): Promise<number> {
  const how = deliverOptions(call.options)
  const { client, device } = await call.requireDevice(asked)
  const wanted = { command: 'set_schedule', value: { days: {} }, label: 'no schedule' }
  return deliver(client, device, [wanted], how, call.io)
}

async function setSchedule(
  call: Invocation<DeliveryOptions>,
  first: string,
  second: string,
): Promise<number> {
  const { io } = call
  const how = deliverOptions(call.options)
  const { text, file, asked } = await readScheduleText(first, second, io)
  // Refused with its line before a server is looked for.
  parsed(text, file, {})
  const { client, device } = await call.requireDevice(asked)
  const { schedule } = await client.schedule(device.serial)
  const { mode, schedule_mode } = device.status
  const value = parsed(
    text,
    file,
    scheduleDefaults({ mode, scheduleMode: schedule_mode, schedule }),
  )
  const wanted = { command: 'set_schedule', value, label: `schedule "${String(value.name)}"` }
  const exitCode = await deliver(client, device, [wanted], how, io)
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

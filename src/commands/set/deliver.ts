import type { Command } from 'commander'
import { ERROR_CODES, NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { ChangeReport } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import { FORCE, requirePaired, type ServerDevice } from '../client/find-device.ts'
import { silenceText, waitingText } from '../format/reach-text.ts'
import { clockTime } from '../format/units.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { waitFor } from '../terminal/progress.ts'
import type { LabelledCommand } from './labelled-command.ts'

export interface DeliverOptions {
  /** Whether a thermostat that is not paired gets the commands, too. */
  readonly force: boolean
  readonly wait: boolean
  readonly timeoutMs: number
  readonly json: boolean
}

/** A command that the server took, and the latest that is known of it. */
interface Delivery {
  readonly label: string
  report: ChangeReport
}

/** What one thermostat was asked for, and why it was not asked for the rest. */
interface Task {
  readonly device: ServerDevice
  readonly deliveries: readonly Delivery[]
  readonly refusal?: NleError
}

/**
 * Sends commands to a thermostat, waits until it has them, and prints what became of them.
 *
 * @returns the exit code: 0 when the thermostat has them all, or when `options` ask not to wait
 * @throws NleError the server's refusal of the first one, or `unauthorized` when the thermostat is not paired
 */
export async function deliver(
  client: ServerClient,
  device: ServerDevice,
  commands: readonly LabelledCommand[],
  options: DeliverOptions,
  io: Io,
): Promise<number> {
  const task = await send(client, device, commands, options)
  if (task.refusal !== undefined && task.deliveries.length === 0) throw task.refusal
  await settle(client, [task], options, io)
  if (options.json) printJson(io, taskJson(task))
  return exitOf(task, options)
}

/**
 * The same for several thermostats at once. One that refuses its commands does not keep the others from
 * theirs.
 *
 * @param commandsFor - throws NleError when a thermostat cannot have them
 * @returns the exit code: that of the first thermostat with one
 */
export async function deliverToAll(
  client: ServerClient,
  devices: readonly ServerDevice[],
  commandsFor: (device: ServerDevice) => readonly LabelledCommand[],
  options: DeliverOptions,
  io: Io,
): Promise<number> {
  const tasks: Task[] = []
  for (const device of devices) {
    try {
      tasks.push(await send(client, device, commandsFor(device), options))
    } catch (error) {
      if (!(error instanceof NleError) || error.code === 'cancelled') throw error
      tasks.push({ device, deliveries: [], refusal: error })
    }
  }
  await settle(client, tasks, options, io)
  if (options.json) printJson(io, { thermostats: tasks.map(taskJson) })
  return tasks.map((task) => exitOf(task, options)).find((exit) => exit !== 0) ?? 0
}

/** Sends the commands in their order, up to the first that is refused. */
async function send(
  client: ServerClient,
  device: ServerDevice,
  commands: readonly LabelledCommand[],
  { force }: DeliverOptions,
): Promise<Task> {
  requirePaired(device, force)
  const deliveries: Delivery[] = []
  for (const [index, { command, value, label }] of commands.entries()) {
    try {
      const { changeId } = await client.command(device.serial, command, value)
      deliveries.push({ label, report: await client.change(changeId) })
    } catch (error) {
      if (!(error instanceof NleError) || error.code === 'cancelled') throw error
      return { device, deliveries, refusal: refusalOf(error, commands, index) }
    }
  }
  return { device, deliveries }
}

/** Why a command was not taken; of several, which one it was and which were not sent because of it. */
function refusalOf(error: NleError, commands: readonly LabelledCommand[], index: number): NleError {
  const [refused, ...rest] = commands.slice(index)
  if (refused === undefined || commands.length === 1) return error
  const unsent = rest.length === 0 ? '' : ` Not sent: ${rest.map(({ label }) => label).join(', ')}.`
  const text = `${refused.label} was not set: ${error.message}${unsent}`
  return new NleError(error.code, text, { cause: error, details: error.details })
}

/** Waits for the thermostats, and prints a line for each command or refusal unless JSON is wanted. */
async function settle(
  client: ServerClient,
  tasks: readonly Task[],
  options: DeliverOptions,
  io: Io,
): Promise<void> {
  if (options.wait) await waitForEnd(client, tasks, options.timeoutMs, io)
  if (options.json) return
  for (const { device, deliveries, refusal } of tasks) {
    const isOnItsWay = deliveries.some(({ report }) => isOpen(report))
    const known = {
      waited: options.wait,
      status: isOnItsWay ? await client.status(device.serial) : device.status,
    }
    for (const each of deliveries) printLine(io, outcome(device, each, known, io))
    if (refusal !== undefined) {
      const { red, bold } = chalkOf(io)
      printLine(io, `${red('✗')} ${bold(printable(device.name))}: ${printable(refusal.message)}`)
    }
  }
}

function taskJson({ device, deliveries, refusal }: Task): JsonObject {
  const { serial, name } = device
  const changes = deliveries.map(({ report }) => report.answer)
  if (refusal === undefined) return { serial, name, changes }
  return { serial, name, changes, error: { code: refusal.code, message: refusal.message } }
}

function exitOf({ deliveries, refusal }: Task, { wait }: DeliverOptions): number {
  if (refusal !== undefined) return ERROR_CODES[refusal.code].exit
  const failed = deliveries.some(({ report }) =>
    wait ? report.state !== 'confirmed' : isFailure(report),
  )
  return failed ? ERROR_CODES.not_delivered.exit : 0
}

async function waitForEnd(
  client: ServerClient,
  tasks: readonly Task[],
  timeoutMs: number,
  io: Io,
): Promise<void> {
  const deliveries = tasks.flatMap((task) => task.deliveries)
  try {
    await waitFor(
      io,
      () => progressText(tasks, io.nowMs()),
      timeoutMs,
      async () => {
        for (const each of deliveries) {
          if (isOpen(each.report)) each.report = await client.change(each.report.id)
        }
        return deliveries.some(({ report }) => isOpen(report)) ? undefined : true
      },
    )
  } catch (error) {
    if (!io.stop.aborted) throw error
    const ids = deliveries.map(({ report }) => report.id).join(', ')
    throw new NleError(
      'cancelled',
      `Stopped waiting; what was asked (change ${ids}) stays on its way. "nle changes" tells where it is.`,
      { cause: error },
    )
  }
}

function progressText(tasks: readonly Task[], nowMs: number): string {
  const open = tasks.filter(({ deliveries }) => deliveries.some(({ report }) => isOpen(report)))
  const [task = tasks[0]] = open
  if (task === undefined) return ''
  if (tasks.length > 1) {
    return `Waiting for ${open.map(({ device }) => printable(device.name)).join(', ')}`
  }
  const { device, deliveries } = task
  const name = printable(device.name)
  if (deliveries.some(({ report }) => report.state === 'queued')) {
    return `Waiting for ${waitingText(device.status, nowMs, name)}`
  }
  return `Sent. Waiting for ${name} to confirm${deliveries.some(isSchedule) ? '; a schedule takes it half a minute' : ''}`
}

function outcome(
  device: ServerDevice,
  { label, report }: Delivery,
  { waited, status }: { waited: boolean; status: ServerDevice['status'] },
  io: Io,
): string {
  const chalk = chalkOf(io)
  const name = chalk.bold(printable(device.name))
  const what = printable(label)
  if (report.state === 'confirmed') return `${chalk.green('✓')} ${name}: ${what}.`
  if (isFailure(report)) {
    const why = report.reason === undefined ? report.state : printable(report.reason)
    return `${chalk.red('✗')} ${name}: ${what} was not taken: ${why}.`
  }
  return `${chalk.yellow('…')} ${name}: ${what} ${whereText(report, status, waited, io.nowMs())} (change ${report.id}).`
}

/** How far an open change is: `waits until 14:33 for its turn`. */
function whereText(
  report: ChangeReport,
  status: JsonObject,
  waited: boolean,
  nowMs: number,
): string {
  if (report.state === 'queued') return `waits${until(report)} for ${waitingText(status, nowMs)}`
  if (!waited) return 'was sent'
  return status.is_available === true
    ? 'was sent, and the thermostat has not confirmed it yet'
    : `was sent to the thermostat, ${silenceText(status, nowMs)}`
}

function until({ expiresAtMs }: ChangeReport): string {
  return expiresAtMs === undefined ? '' : ` until ${clockTime(expiresAtMs)}`
}

/** Whether a schedule is open: the thermostat applies it after a quiet period (`D6`). */
function isSchedule({ report }: Delivery): boolean {
  return report.command === 'set_schedule' && isOpen(report)
}

function isOpen({ state }: ChangeReport): boolean {
  return state === 'queued' || state === 'sent'
}

function isFailure(report: ChangeReport): boolean {
  return !isOpen(report) && report.state !== 'confirmed'
}

/** The options of verbs that send commands to a thermostat, as commander gives them. */
export interface RawDeliveryOptions {
  readonly force?: true
  readonly wait: boolean
  readonly timeout: string
  readonly json?: true
}

const MAX_TIMEOUT_S = 86_400

/** How long to wait by default; a schedule takes longer (`D6`). */
const TIMEOUT_S = 60
export const SCHEDULE_TIMEOUT_S = 120

/** Adds `--no-wait`, `--timeout` and `--force`. */
export function addDeliveryOptions(command: Command, timeoutS = TIMEOUT_S): Command {
  return command
    .option('--no-wait', 'do not wait until the thermostat has it')
    .option('--timeout <seconds>', 'how long to wait', String(timeoutS))
    .option(...FORCE)
}

/** @throws NleError `invalid` */
export function deliverOptions(given: RawDeliveryOptions): DeliverOptions {
  const { force, wait, timeout, json } = given
  const seconds = /^\d{1,6}$/.test(timeout) ? Number(timeout) : Number.NaN
  if (!(seconds >= 1 && seconds <= MAX_TIMEOUT_S)) {
    throw new NleError(
      'invalid',
      `--timeout ${JSON.stringify(timeout)} has to be a whole number of seconds from 1 to ${MAX_TIMEOUT_S}.`,
    )
  }
  return { force: force === true, wait, timeoutMs: seconds * 1000, json: json === true }
}

import type { Command } from 'commander'
import { ERROR_CODES, NleError } from '../../errors.ts'
import type { MatterAnswer, MatterCodesAnswer } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import { settledBridge } from '../client/settled.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { codesOf, printBridge } from '../matter/bridge-status.ts'
import { fabricText } from '../matter/matter-text.ts'
import type { Io } from '../terminal/io.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { confirm } from '../terminal/prompt.ts'

interface ResetOptions extends SharedOptions {
  readonly yes?: true
}

export function registerMatter(program: Command, io: Io): void {
  const matter = program
    .command('matter')
    .description('show the thermostats to Apple Home, Google Home and Alexa')
    .addHelpText('after', '\nExamples:\n  $ nle matter on\n  $ nle matter\n  $ nle matter pair')
  const statusCommand = matter
    .command('status', { isDefault: true })
    .description('show how it goes, and the code while an app may be added')
    .addHelpText('after', '\nExamples:\n  $ nle matter\n  $ nle matter --json')
  onServer(statusCommand, io, async (call) => show(await call.requireServer(), call))

  const onCommand = matter
    .command('on')
    .description('start the bridge, now and after restarts, and show its code')
    .addHelpText('after', '\nExamples:\n  $ nle matter on')
  onServer(onCommand, io, switchOn)

  const offCommand = matter
    .command('off')
    .description('stop the bridge; apps stay paired and find nothing')
    .addHelpText('after', '\nExamples:\n  $ nle matter off')
  onServer(offCommand, io, switchOff)

  const pairCommand = matter
    .command('pair')
    .description('let another app in, for 15 minutes')
    .addHelpText('after', '\nExamples:\n  $ nle matter pair')
  onServer(pairCommand, io, async (call) => {
    const client = await call.requireServer()
    await client.call('openMatter')
    await show(client, call)
  })

  const listCommand = matter
    .command('list')
    .description('list the apps that are paired')
    .addHelpText('after', '\nExamples:\n  $ nle matter list')
  onServer(listCommand, io, list)

  const removeCommand = matter
    .command('remove')
    .description('take an app off')
    .argument('<app>', 'its number or its name, as "nle matter list" shows them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle matter remove 2\n  $ nle matter remove "Apple Home"',
    )
  onServer(removeCommand, io, remove)

  const resetCommand = matter
    .command('reset')
    .description('take every app off, and make a new code')
    .addHelpText('after', '\nExamples:\n  $ nle matter reset --yes')
  onServer(resetCommand, io, reset, {
    own: (command) => command.option('-y, --yes', 'do not ask'),
  })
}

async function switchOn(call: Invocation): Promise<number> {
  const { io } = call
  const client = await call.requireServer()
  const answer = await client.call('setMatter', { body: { on: true } })
  if (answer.note !== undefined) note(io, answer.note)
  const status = await settledBridge(client, io)
  await show(client, call)
  if (status.running) return 0
  note(io, 'The bridge does not run yet. It is tried again and again; "nle doctor" looks closer.')
  return ERROR_CODES.unreachable.exit
}

async function switchOff(call: Invocation): Promise<void> {
  const client = await call.requireServer()
  const answer = await client.call('setMatter', { body: { on: false } })
  if (answer.note !== undefined) note(call.io, answer.note)
  call.print(answer, answer.on ? 'Matter stays on.' : 'Matter is off. Apps stay paired for later.')
}

async function show(client: ServerClient, { io, json }: Invocation): Promise<void> {
  const status = await client.call('getMatter')
  const codes = await codesOf(client)
  if (json) printJson(io, asJson(status, codes))
  else printBridge(status, codes, io)
}

function asJson(status: MatterAnswer, codes: MatterCodesAnswer | undefined) {
  const { manual_code = null, qr_code = null } = codes ?? {}
  return { ...status, manualCode: manual_code, qrCode: qr_code }
}

async function list(call: Invocation): Promise<void> {
  const { io } = call
  const { fabrics, running, on } = await (await call.requireServer()).call('getMatter')
  if (call.json) return printJson(io, { fabrics, total: fabrics.length })
  for (const fabric of fabrics) printLine(io, fabricText(fabric))
  if (fabrics.length > 0) return
  const why = running ? 'No app is paired.' : on ? 'The bridge is starting.' : 'Matter is off.'
  printLine(io, why)
}

async function remove(call: Invocation, asked: string): Promise<void> {
  const client = await call.requireServer()
  const { fabrics } = await client.call('getMatter')
  const named = fabrics.filter(({ index, name }) => String(index) === asked || name === asked)
  const [fabric, second] = named
  if (fabric === undefined) {
    throw new NleError('not_found', `No app "${asked}" is paired. "nle matter list" shows them.`)
  }
  if (second !== undefined) {
    throw new NleError('invalid', `Several apps are called "${asked}". Name one by its number.`)
  }
  const answer = await client.call('removeMatterFabric', { params: { index: fabric.index } })
  call.print(answer, `${fabric.name} does not see the thermostats any more.`)
}

async function reset(call: Invocation<ResetOptions>): Promise<void> {
  const { io, options } = call
  const client = await call.requireServer()
  if (options.yes !== true) await confirm(io, 'Take every app off, and make a new code?')
  const answer = await client.call('resetMatter')
  call.print(answer, 'Every app is taken off. "nle matter" shows the new code in a moment.')
}

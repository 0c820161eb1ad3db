import type { Command } from 'commander'
import type { ServerClient } from '../client/client.ts'
import {
  DEVICE_HELP,
  deviceNamed,
  isEvery,
  NONE_PAIRED,
  type ServerDevice,
  serverDevices,
} from '../client/find-device.ts'
import { ownerNames } from '../format/owner-text.ts'
import { statusCard } from '../format/status-card.ts'
import { type Invocation, onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson, printLine } from '../terminal/print.ts'
import { wrap } from '../terminal/wrap.ts'

/** How many of the latest changes are searched for open ones. */
const LATEST = 50

export function registerStatus(program: Command, io: Io): void {
  const command = program
    .command('status')
    .description('show what a thermostat measures, wants and does')
    .argument('[device]', `${DEVICE_HELP}; every paired one when left out`)
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle status\n  $ nle status Kitchen\n  $ nle status 0KD6 --json',
    )
  onServer(command, io, status)
}

async function status(call: Invocation, asked: string | undefined): Promise<void> {
  const { io, json } = call
  const client = await call.requireServer()
  if (asked !== undefined && !isEvery(asked)) {
    const device = await deviceNamed(client, asked)
    if (json) return printJson(io, device.status)
    const ownerOf = ownerNames(await client.devices())
    io.stdout.write(await card(client, device, ownerOf(device.status), io))
    return
  }
  const paired = (await serverDevices(client)).filter((each) => each.status.owner !== null)
  if (json) {
    return printJson(io, { devices: paired.map((each) => each.status), total: paired.length })
  }
  if (paired.length === 0) return printLine(io, NONE_PAIRED)
  const ownerOf = ownerNames(paired.map((each) => each.status))
  for (const [index, device] of paired.entries()) {
    const text = await card(client, device, ownerOf(device.status), io)
    io.stdout.write(`${index > 0 ? '\n' : ''}${text}`)
  }
}

async function card(
  client: ServerClient,
  { serial, status }: ServerDevice,
  owner: string | undefined,
  io: Io,
): Promise<string> {
  const changes = await client.changes(serial, LATEST)
  const open = changes.filter(({ endedAtMs }) => endedAtMs === undefined)
  const text = statusCard(status, open, { owner, nowMs: io.nowMs(), chalk: chalkOf(io) })
  return wrap(text, io.columns)
}

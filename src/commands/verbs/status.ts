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
    io.stdout.write(await card(client, device, io))
    return
  }
  const paired = (await serverDevices(client)).filter((each) => each.status.owner !== null)
  if (json) {
    return printJson(io, { devices: paired.map((each) => each.status), total: paired.length })
  }
  if (paired.length === 0) return printLine(io, NONE_PAIRED)
  for (const [index, device] of paired.entries()) {
    io.stdout.write(`${index > 0 ? '\n' : ''}${await card(client, device, io)}`)
  }
}

async function card(client: ServerClient, { serial, status }: ServerDevice, io: Io) {
  const changes = await client.changes(serial, LATEST)
  const open = changes.filter(({ endedAtMs }) => endedAtMs === undefined)
  return wrap(statusCard(status, open, { nowMs: io.nowMs(), chalk: chalkOf(io) }), io.columns)
}

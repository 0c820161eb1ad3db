import type { Command } from 'commander'
import { DEVICE_HELP } from '../client/find-device.ts'
import { statusCard } from '../format/status-card.ts'
import { onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson } from '../terminal/print.ts'
import { wrap } from '../terminal/wrap.ts'

/** How many of the latest changes are searched for open ones. */
const LATEST = 50

export function registerStatus(program: Command, io: Io): void {
  const command = program
    .command('status')
    .description('show what a thermostat measures, wants and does')
    .argument('<device>', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle status Kitchen\n  $ nle status 0KD6 --json')
  onServer(command, io, async (call, asked: string) => {
    const { client, device } = await call.requireDevice(asked)
    if (call.json) return printJson(io, device.status)
    const changes = await client.changes(device.serial, LATEST)
    const open = changes.filter(({ endedAtMs }) => endedAtMs === undefined)
    const card = statusCard(device.status, open, { nowMs: io.nowMs(), chalk: chalkOf(io) })
    io.stdout.write(wrap(card, io.columns))
  })
}

import type { Command } from 'commander'
import { requireServer } from '../client/find-server.ts'
import { DEVICE_HELP, deviceNamed } from '../client/server-device.ts'
import { statusCard } from '../format/status-card.ts'
import {
  type RawServerOptions,
  serverChoice,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson } from '../terminal/print.ts'
import { wrap } from '../terminal/wrap.ts'

/** As many of the latest commands as are looked through for those on their way. */
const LATEST = 50

/** Adds `nle status <device>`. */
export function registerStatus(program: Command, io: Io): void {
  const command = program
    .command('status')
    .description('show what a thermostat measures, wants and does')
    .argument('<device>', DEVICE_HELP)
  withDatabaseOption(withServerOption(command))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle status Kitchen\n  $ nle status 0KD6 --json')
    .action(async (asked: string, options: RawServerOptions & { json?: true }) => {
      const client = await requireServer(serverChoice(options, io.env), io)
      const { serial, status } = await deviceNamed(client, asked)
      if (options.json === true) {
        printJson(io, status)
        return
      }
      const changes = await client.changes(serial, LATEST)
      const open = changes.filter(({ endedAtMs }) => endedAtMs === undefined)
      const card = statusCard(status, open, { nowMs: io.nowMs(), chalk: chalkOf(io) })
      io.stdout.write(wrap(card, io.columns))
    })
}

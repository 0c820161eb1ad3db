import type { Command } from 'commander'
import { requireServer } from '../client/find-server.ts'
import { DEVICE_HELP, deviceNamed } from '../client/server-device.ts'
import {
  type RawServerOptions,
  serverChoice,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

/** Adds `nle repin <device>`. */
export function registerRepin(program: Command, io: Io): void {
  const command = program
    .command('repin')
    .description('forget the password of a thermostat; the next one it comes with is remembered')
    .argument('<device>', DEVICE_HELP)
  withDatabaseOption(withServerOption(command))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle repin Kitchen')
    .action(async (asked: string, options: RawServerOptions & { json?: true }) => {
      const client = await requireServer(serverChoice(options, io.env), io)
      const { serial, name } = await deviceNamed(client, asked)
      const wasPinned = await client.repin(serial)
      if (options.json === true) printJson(io, { success: true, serial, was_pinned: wasPinned })
      else {
        printLine(
          io,
          wasPinned
            ? `The password of ${printable(name)} is forgotten; the next one it comes with is remembered.`
            : `No password of ${printable(name)} was remembered. The server does so with --device-auth pin.`,
        )
      }
    })
}

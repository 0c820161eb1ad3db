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

/** Adds `nle dismiss <device>`. */
export function registerDismiss(program: Command, io: Io): void {
  const command = program
    .command('dismiss')
    .description('take the pairing dialog off the screen of a thermostat')
    .argument('<device>', DEVICE_HELP)
  withDatabaseOption(withServerOption(command))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle dismiss 02AA01AC31140KD6')
    .action(async (asked: string, options: RawServerOptions & { json?: true }) => {
      const client = await requireServer(serverChoice(options, io.env), io)
      const { serial } = await deviceNamed(client, asked)
      const message = await client.dismiss(serial)
      if (options.json === true) printJson(io, { success: true, serial, message })
      else printLine(io, `${printable(message)}.`)
    })
}

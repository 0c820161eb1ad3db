import type { Command } from 'commander'
import { requireServer } from '../client/find-server.ts'
import { DEVICE_HELP, deviceNamed } from '../client/server-device.ts'
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
  withDeliveryOptions,
} from '../set/deliver.ts'
import { setpointNote } from '../set/delivery-notes.ts'
import { PROPERTIES, readWanted } from '../set/words.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'

/** Adds `nle set <device> <property> <value>`. */
export function registerSet(
  program: Command,
  io: Io,
  setExitCode: (exitCode: number) => void,
): void {
  const command = program
    .command('set')
    .description('set temperature, mode, away, fan and settings of a thermostat')
    .argument('<device>', DEVICE_HELP)
    .argument('<what...>', `${PROPERTIES.join(', ')}, each followed by its value`)
  withDeliveryOptions(withDatabaseOption(withServerOption(command)))
    .addHelpText(
      'after',
      `
It waits until the thermostat has it, and ends with 0 only then.

Examples:
  $ nle set Kitchen temperature 21.5
  $ nle set Kitchen temperature 70F
  $ nle set Kitchen mode heat-cool low 19 high 24
  $ nle set Kitchen away on
  $ nle set Kitchen fan 45m
  $ nle set 0KD6 eco-low 15 eco-high 28
  $ nle set Kitchen setting target_humidity=40 setting temperature_lock=off`,
    )
    .action(
      async (asked: string, words: string[], options: RawServerOptions & RawDeliveryOptions) => {
        const how = deliverOptions(options)
        // What cannot be right is refused before a server is looked for.
        readWanted(words, 'F')
        const client = await requireServer(serverChoice(options, io.env), io)
        const device = await deviceNamed(client, asked)
        const wanted = readWanted(words, device.scale)
        setExitCode(await deliver(client, device, wanted, how, io))
        const hint = setpointNote(wanted, device.status)
        if (hint !== undefined && !how.json) note(io, hint)
      },
    )
}

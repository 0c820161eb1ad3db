import type { Command } from 'commander'
import { DEVICE_HELP } from '../client/find-device.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import {
  addDeliveryOptions,
  deliver,
  deliverOptions,
  type RawDeliveryOptions,
} from '../set/deliver.ts'
import { setpointNote } from '../set/delivery-notes.ts'
import { PROPERTIES, readCommands } from '../set/words.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'

export function registerSet(program: Command, io: Io): void {
  const command = program
    .command('set')
    .description('set temperature, mode, away, fan and settings of a thermostat')
    .argument('<device>', DEVICE_HELP)
    .argument('<what...>', `${PROPERTIES.join(', ')}, each followed by its value`)
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
  onServer(command, io, set, { own: addDeliveryOptions })
}

async function set(
  call: Invocation<SharedOptions & RawDeliveryOptions>,
  asked: string,
  words: readonly string[],
): Promise<number> {
  const { io } = call
  const how = deliverOptions(call.options)
  // Words that are wrong in any scale are refused before a server is looked for.
  readCommands(words, 'F')
  const { client, device } = await call.requireDevice(asked)
  const wanted = readCommands(words, device.scale)
  const exitCode = await deliver(client, device, wanted, how, io)
  const hint = setpointNote(wanted, device.status)
  if (hint !== undefined && !how.json) note(io, hint)
  return exitCode
}

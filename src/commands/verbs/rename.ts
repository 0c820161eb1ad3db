import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { DEVICE_HELP, FORCE, requirePaired, serverDevices } from '../client/find-device.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

type RenameOptions = SharedOptions & { readonly force?: true }

export function registerRename(program: Command, io: Io): void {
  const command = program
    .command('rename')
    .description('give a thermostat another name')
    .argument('<device>', DEVICE_HELP)
    .argument('<name...>', 'the name; "" takes it back, and the thermostat has its own again')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle rename hallway "Hallway upstairs"\n  $ nle rename 0KD6 Attic\n  $ nle rename attic ""',
    )
  onServer(command, io, rename, { own: (each) => each.option(...FORCE) })
}

/** The name counts at once, because it is kept here: nothing waits for the thermostat. */
async function rename(
  call: Invocation<RenameOptions>,
  asked: string,
  words: readonly string[],
): Promise<void> {
  const { client, device } = await call.requireDevice(asked)
  requirePaired(device, call.options.force === true)
  const { serial, name: before } = device
  const name = words.join(' ').trim()
  const others = (await serverDevices(client)).filter((each) => each.serial !== serial)
  const taken = others.find((each) =>
    [each.name.trim(), each.serial].some((one) => one.toUpperCase() === name.toUpperCase()),
  )
  if (taken !== undefined) {
    throw new NleError(
      'invalid',
      `"${printable(name)}" is the thermostat ${taken.serial} already, and two of one name could not be told apart. Choose another, such as "${printable(name)} 2".`,
    )
  }
  await client.command(serial, 'set_name', name)
  const after = (await client.status(serial)).name
  call.print(
    { success: true, serial, name: after, before },
    `${printable(before)} is called ${printable(after)} now.`,
  )
}

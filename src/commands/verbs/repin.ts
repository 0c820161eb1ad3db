import type { Command } from 'commander'
import { DEVICE_HELP } from '../client/find-device.ts'
import { onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

export function registerRepin(program: Command, io: Io): void {
  const command = program
    .command('repin')
    .description(
      'forget the password of a thermostat, after it was reset; the next one is remembered',
    )
    .argument('<device>', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle repin Kitchen')
  onServer(command, io, async (call, asked: string) => {
    const { client, device } = await call.requireDevice(asked)
    const { serial, name } = device
    const { was_pinned } = await client.call('repin', { params: { serial } })
    call.print(
      { success: true, serial, was_pinned },
      was_pinned
        ? `The password of ${printable(name)} is forgotten; the next one it comes with is remembered.`
        : `No password of ${printable(name)} is known; the next one it comes with is remembered.`,
    )
  })
}

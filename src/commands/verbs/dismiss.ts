import type { Command } from 'commander'
import { DEVICE_HELP } from '../client/find-device.ts'
import { onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

export function registerDismiss(program: Command, io: Io): void {
  const command = program
    .command('dismiss')
    .description('take the pairing dialog off the screen of a thermostat')
    .argument('<device>', DEVICE_HELP)
    .addHelpText('after', '\nExamples:\n  $ nle dismiss 02AA01AC31140KD6')
  onServer(command, io, async (call, asked: string) => {
    const { client, device } = await call.requireDevice(asked)
    const { serial } = device
    const { message } = await client.call('dismissPairing', { params: { serial } })
    call.print({ success: true, serial, message }, `${printable(message)}.`)
  })
}

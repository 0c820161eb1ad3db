import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { DEVICE_HELP } from '../client/find-device.ts'
import { ownerNames, YOURS } from '../format/owner-text.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'
import { confirm } from '../terminal/prompt.ts'

type UnpairOptions = SharedOptions & { readonly yes?: true }

export function registerUnpair(program: Command, io: Io): void {
  const command = program
    .command('unpair')
    .description('end the ownership of a thermostat; it stays on file and may be paired again')
    .argument('<device>', DEVICE_HELP)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  $ nle unpair Kitchen\n  $ nle unpair 0KD6 --yes')
  onServer(command, io, unpair)
}

async function unpair(call: Invocation<UnpairOptions>, asked: string): Promise<void> {
  const { client, device } = await call.requireDevice(asked)
  const { serial, name, status } = device
  const called = printable(name === serial ? serial : `${name} (${serial})`)
  const owner = typeof status.owner === 'string' ? status.owner : undefined
  if (owner === undefined) throw new NleError('not_found', `${called} is not paired.`)
  if (call.options.yes !== true) {
    const whose = ownerNames(await client.devices())(status)
    const belongs = whose === YOURS ? '' : ` It belongs to ${printable(owner)}.`
    await confirm(call.io, `Unpair ${called}?${belongs} Its data stays on file.`)
  }
  const sent = { params: { serial }, query: { userId: owner } }
  if (!(await client.call('releaseDevice', sent)).success) {
    throw new NleError(
      'not_found',
      `${called} has another owner by now, or none: "nle devices --all" shows it.`,
    )
  }
  call.print(
    { success: true, serial, name, user: owner },
    `${called} is not paired any more. Pair it again with "nle pair".`,
  )
}

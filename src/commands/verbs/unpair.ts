import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
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
import { confirm } from '../terminal/prompt.ts'

interface UnpairOptions extends RawServerOptions {
  readonly yes?: true
  readonly json?: true
}

/** Adds `nle unpair <device>`. */
export function registerUnpair(program: Command, io: Io): void {
  const command = program
    .command('unpair')
    .description('end the ownership of a thermostat; it stays on file and may be paired again')
    .argument('<device>', DEVICE_HELP)
    .option('-y, --yes', 'do not ask')
  withDatabaseOption(withServerOption(command))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ nle unpair Kitchen\n  $ nle unpair 0KD6 --yes')
    .action((asked: string, options: UnpairOptions) => unpair(asked, options, io))
}

async function unpair(asked: string, options: UnpairOptions, io: Io): Promise<void> {
  const client = await requireServer(serverChoice(options, io.env), io)
  const { serial, name, status } = await deviceNamed(client, asked)
  const called = printable(name === serial ? serial : `${name} (${serial})`)
  const owner = typeof status.owner === 'string' ? status.owner : undefined
  if (owner === undefined) throw new NleError('not_found', `${called} is not paired.`)
  if (options.yes !== true) {
    if (!io.interactive) {
      throw new NleError(
        'invalid',
        'Nothing was changed: there is no terminal to ask on. Add --yes to go ahead without a question.',
      )
    }
    const question = `Take ${called} from ${printable(owner)}? Its data stays on file.`
    if (!(await confirm(io, question))) throw new NleError('cancelled', 'Nothing was changed.')
  }
  if (!(await client.release(serial, owner))) {
    throw new NleError('not_found', `${called} does not belong to ${printable(owner)} any more.`)
  }
  if (options.json === true) printJson(io, { success: true, serial, name, user: owner })
  else printLine(io, `${called} is not paired any more. Pair it again with "nle pair".`)
}

import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { scaleOf } from '../client/answers.ts'
import { DEVICE_HELP, deviceNamed } from '../client/find-device.ts'
import { changeTable } from '../format/change-table.ts'
import { waitingText } from '../format/reach-text.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson, printLine } from '../terminal/print.ts'

type ChangesOptions = SharedOptions & { readonly limit: string }

/** The server gives no more at once. */
const MAX_LIMIT = 500

export function registerChanges(program: Command, io: Io): void {
  const command = program
    .command('changes')
    .description('show what was asked of thermostats, and where it is')
    .argument('[device]', DEVICE_HELP)
    .option('--limit <number>', 'how many, newest first', '20')
    .addHelpText('after', '\nExamples:\n  $ nle changes\n  $ nle changes Kitchen --limit 5')
  onServer(command, io, changes)
}

async function changes(call: Invocation<ChangesOptions>, asked: string | undefined): Promise<void> {
  const { io, json, options } = call
  const limit = /^\d{1,3}$/.test(options.limit) ? Number(options.limit) : 0
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new NleError('invalid', `--limit has to be a whole number from 1 to ${MAX_LIMIT}.`)
  }
  const client = await call.requireServer()
  const device = asked === undefined ? undefined : await deviceNamed(client, asked)
  const list = await client.changes(device?.serial, limit)
  if (json) return printJson(io, { changes: list.map(({ answer }) => answer) })
  if (list.length === 0) {
    return printLine(io, 'Nothing was asked yet. "nle set" asks something of a thermostat.')
  }
  const statuses = device === undefined ? await client.devices() : [device.status]
  const bySerial = new Map(statuses.map((status) => [String(status.serial), status]))
  const nowMs = io.nowMs()
  const targetOf = (serial: string) => {
    const status = bySerial.get(serial)
    return {
      name: status?.name ?? serial,
      scale: scaleOf(status ?? {}),
      waitsFor: waitingText(status ?? {}, nowMs),
    }
  }
  const { columns } = io
  io.stdout.write(changeTable(list, targetOf, { nowMs, columns, chalk: chalkOf(io) }))
}

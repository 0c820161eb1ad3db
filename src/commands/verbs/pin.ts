import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { DEVICE_HELP } from '../client/find-device.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

type PinOptions = SharedOptions & { readonly all?: true; readonly off?: true }

export function registerPin(program: Command, io: Io): void {
  const command = program
    .command('pin')
    .description('serve a thermostat with the password it has now, and with no other')
    .argument('[device]', DEVICE_HELP)
    .option('-a, --all', 'every thermostat that used one password for a week, and no other')
    .option('--off', 'serve it with any password again')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle pin --all\n  $ nle pin hallway\n  $ nle pin hallway --off',
    )
  onServer(command, io, pin)
}

async function pin(call: Invocation<PinOptions>, asked: string | undefined): Promise<void> {
  const { all, off } = call.options
  if ((asked === undefined) === (all === undefined)) {
    throw new NleError('invalid', 'Name one thermostat, or use --all: nle pin hallway')
  }
  if (asked !== undefined) return pinOne(call, asked, off !== true)
  if (off === true) {
    throw new NleError('invalid', '--off ends the pin of one thermostat: nle pin hallway --off')
  }
  return pinAll(call)
}

async function pinOne(call: Invocation<PinOptions>, asked: string, wanted: boolean): Promise<void> {
  const { client, device } = await call.requireDevice(asked)
  const { serial, name } = device
  const { pinned } = await client.call('pin', { params: { serial }, body: { pinned: wanted } })
  const called = printable(name)
  call.print(
    { success: true, serial, name, pinned },
    pinned === wanted
      ? pinned
        ? `${called} is pinned: it is served with its own password only. After a reset: nle repin`
        : `${called} is served with any password.`
      : `The server pins every thermostat (DEVICE_AUTH=pin), so ${called} stays pinned.`,
  )
}

async function pinAll(call: Invocation<PinOptions>): Promise<void> {
  const { io, json } = call
  const client = await call.requireServer()
  const paired = (await client.devices()).filter(({ owner }) => owner !== null)
  const ready = paired.filter(({ pinning }) => pinning === 'ready')
  for (const { serial } of ready) await client.call('pin', { params: { serial }, body: {} })
  const left = paired.filter(({ pinning }) => pinning === 'watched' || pinning === 'unknown')
  const serials = (list: typeof paired): string[] => list.map(({ serial }) => serial)
  if (json) return printJson(io, { success: true, pinned: serials(ready), left: serials(left) })
  for (const { name } of ready) printLine(io, `${printable(name)} is pinned.`)
  for (const { name, pinning } of left) {
    const why =
      pinning === 'unknown'
        ? 'no password of it is known yet'
        : 'it did not use one password alone for a week; name it to pin it all the same'
    printLine(io, `${printable(name)} is not pinned: ${why}.`)
  }
  if (ready.length + left.length === 0) {
    printLine(io, paired.length === 0 ? 'No thermostat is paired yet.' : 'All are pinned already.')
  }
}

import type { Command, CommanderError } from 'commander'
import { ERROR_CODES, NleError } from '../../errors.ts'
import { SETTING_GROUPS } from '../../protocol/commands/device-settings.ts'
import {
  DEVICE_HELP,
  deviceNamed,
  isEvery,
  NONE_PAIRED,
  type ServerDevice,
  serverDevices,
} from '../client/find-device.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import {
  addDeliveryOptions,
  deliver,
  deliverOptions,
  deliverToAll,
  type RawDeliveryOptions,
} from '../set/deliver.ts'
import { setpointNote } from '../set/delivery-notes.ts'
import type { LabelledCommand } from '../set/labelled-command.ts'
import { takeStep } from '../set/steps.ts'
import { PROPERTIES, readCommands } from '../set/words.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import { printable, shellWord } from '../terminal/printable.ts'

/** Every setting, by group. */
const SETTINGS = SETTING_GROUPS.map(
  ({ name, settings }) => `  ${name}: ${Object.keys(settings).join(', ')}`,
).join('\n')

export function registerSet(program: Command, io: Io): void {
  const command = program
    .command('set')
    .description('set temperature, mode, away, fan and settings of a thermostat')
    .argument('<device>', `${DEVICE_HELP}; all for every paired one`)
    .argument('<what...>', `21.5, heat, off, home, away; or ${PROPERTIES.join(', ')} with a value`)
    .addHelpText(
      'after',
      `
It waits until the thermostat has it, and ends with 0 only then.

Examples:
  $ nle set Kitchen 21.5
  $ nle set Kitchen warmer 0.5
  $ nle set Kitchen heat 70F
  $ nle set Kitchen heat-cool low 19 high 24
  $ nle set all away
  $ nle set Kitchen fan 45m
  $ nle set 0KD6 eco-low 15 eco-high 28
  $ nle set Kitchen setting target_humidity=40 setting temperature_lock=off

Settings:
${SETTINGS}`,
    )
  command.exitOverride((error) => {
    explain(command.args, error)
    throw error
  })
  onServer(command, io, set, { own: addDeliveryOptions })
}

/**
 * Explains what commander cannot: it takes `--1` and `-1C` for options, and a temperature in the place of the
 * thermostat for its name.
 *
 * @throws NleError `invalid`
 */
function explain([asked = '', ...words]: readonly string[], { code, message }: CommanderError) {
  if (code === 'commander.unknownOption' && /option '-+\d/.test(message)) {
    readCommands(words, 'F', lineFor(asked))
  }
  if (code === 'commander.missingArgument' && saysWhat(asked)) {
    throw new NleError('invalid', `Say for which thermostat: nle set <device> ${asked}.`)
  }
}

function saysWhat(word: string): boolean {
  try {
    return readCommands([word], 'F').length > 0
  } catch {
    return false
  }
}

/** The command line as it was typed, for hints. */
function lineFor(asked: string): string {
  return `nle set ${shellWord(asked)}`
}

async function set(
  call: Invocation<SharedOptions & RawDeliveryOptions>,
  asked: string,
  words: readonly string[],
): Promise<number> {
  const { io } = call
  const how = deliverOptions(call.options)
  const typed = lineFor(asked)
  // Words that are wrong in any scale are refused before a server is looked for.
  readCommands(words, 'F', typed)
  const client = await call.requireServer()
  const wantedOf = (device: ServerDevice): readonly LabelledCommand[] =>
    takeStep(readCommands(words, device.scale, typed), device)
  if (isEvery(asked)) {
    const devices = (await serverDevices(client)).filter(({ status }) => status.owner !== null)
    if (devices.length === 0) throw new NleError('not_found', NONE_PAIRED)
    const sent = new Map<ServerDevice, readonly LabelledCommand[]>()
    const commandsFor = (device: ServerDevice) => {
      const wanted = wantedOf(device)
      sent.set(device, wanted)
      return wanted
    }
    const exitCode = await deliverToAll(client, devices, commandsFor, how, io)
    for (const [device, wanted] of wasSent(exitCode) ? sent : []) {
      const hint = setpointNote(wanted, device.status)
      if (hint !== undefined && !how.json) note(io, `${printable(device.name)}: ${hint}`)
    }
    return exitCode
  }
  const device = await deviceNamed(client, asked)
  const wanted = wantedOf(device)
  const exitCode = await deliver(client, device, wanted, how, io)
  const hint = wasSent(exitCode) ? setpointNote(wanted, device.status) : undefined
  if (hint !== undefined && !how.json) note(io, hint)
  return exitCode
}

/** Whether every command was accepted: a note on what they do together would be wrong otherwise. */
function wasSent(exitCode: number): boolean {
  return exitCode === 0 || exitCode === ERROR_CODES.not_delivered.exit
}

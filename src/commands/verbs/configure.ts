import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { isLoopbackHost } from '../../protocol/lan/addresses.ts'
import { ownOrigin, settingsPages } from '../client/own-origin.ts'
import {
  type RawServerOptions,
  withDatabaseOption,
  withServerOption,
} from '../options/server-options.ts'
import { addSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

const TIMEOUT_MS = 5_000
const KEY_ENV = 'NLE_DEVICE_KEY'

interface ConfigureOptions extends RawServerOptions, SettingFlags {
  readonly apiKey?: string
  readonly json?: true
}

/** Adds `nle configure <ip>`. */
export function registerConfigure(program: Command, io: Io): void {
  const command = program
    .command('configure')
    .description('point a thermostat at this server, over the network')
    .argument('<ip>', 'its address; "nle scan" finds it')
    .option('--api-key <key>', `the key it asks for, if it does (env: ${KEY_ENV})`)
  addSettings(withDatabaseOption(withServerOption(command)), ['apiOrigin'])
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
A thermostat that was set up before may ask for its key; try its serial first (on the thermostat:
Settings, Technical Info). On a terminal you are asked for it.

Examples:
  $ nle configure 192.168.1.20
  $ nle configure 192.168.1.20 --api-origin http://192.168.1.5:8000`,
    )
    .action((ip: string, options: ConfigureOptions) => configure(ip, options, io))
}

async function configure(ip: string, options: ConfigureOptions, io: Io): Promise<void> {
  const origin = await ownOrigin(options, io)
  const pages = await settingsPages(origin, isLoopbackHost(new URL(origin).hostname))
  pages.check(ip)
  let key = options.apiKey ?? (io.env[KEY_ENV] || undefined)
  for (;;) {
    const result = await pages.configure(ip, key, TIMEOUT_MS)
    if (result.outcome === 'configured') {
      if (options.json === true) {
        printJson(io, { success: true, ip, device_name: result.deviceName, origin })
      } else {
        printLine(io, `${printable(result.deviceName ?? ip)} uses ${origin} now.`)
        note(io, 'It calls within a minute. Then pair it: nle pair')
      }
      return
    }
    if (!io.interactive || options.json === true) {
      throw new NleError(
        'unauthorized',
        `The thermostat at ${ip} ${key === undefined ? 'asks for its key' : 'does not take this key'}. Give it with --api-key or ${KEY_ENV}; try its serial first.`,
        { details: { auth_required: true } },
      )
    }
    note(io, key === undefined ? 'It asks for its key.' : 'It does not take this key.')
    key = await askKey(io)
  }
}

async function askKey(io: Io): Promise<string> {
  // Loaded here: most thermostats ask for nothing.
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({
    input: io.stdin as NodeJS.ReadStream,
    output: io.stderr as NodeJS.WriteStream,
    signal: io.stop,
  })
  try {
    const { key } = await prompt([
      {
        type: 'password',
        name: 'key',
        mask: '*',
        message: 'Key (try the serial, from Settings, Technical Info):',
        validate: (typed: string) => typed.trim() !== '' || 'Type the key, or press Ctrl-C.',
      },
    ])
    return String(key)
  } catch (error) {
    if (error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name)) {
      throw new NleError('cancelled', 'The thermostat was not changed.', { cause: error })
    }
    throw error
  }
}

import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { isLoopbackHost } from '../../protocol/lan/addresses.ts'
import { ownOrigin, settingsPages } from '../client/own-origin.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { addSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { askSecret } from '../terminal/prompt.ts'

const TIMEOUT_MS = 5_000
const KEY_ENV = 'NLE_DEVICE_KEY'

type ConfigureOptions = SharedOptions & SettingFlags & { readonly apiKey?: string }

export function registerConfigure(program: Command, io: Io): void {
  const command = program
    .command('configure')
    .description('point a thermostat at this server, over the network')
    .argument('<ip>', 'its address; "nle scan" finds it')
    .option('--api-key <key>', `the key it asks for, if it does (env: ${KEY_ENV})`)
    .addHelpText(
      'after',
      `
A thermostat that was set up before may ask for its key; try its serial first (on the thermostat:
Settings, Technical Info). On a terminal you are asked for it.

Examples:
  $ nle configure 192.168.1.20
  $ nle configure 192.168.1.20 --api-origin http://192.168.1.5:8000`,
    )
  onServer(command, io, configure, { own: (each) => addSettings(each, ['apiOrigin']) })
}

async function configure(call: Invocation<ConfigureOptions>, ip: string): Promise<void> {
  const { io, json, options } = call
  const origin = await ownOrigin(options, io)
  const pages = await settingsPages(origin, isLoopbackHost(new URL(origin).hostname))
  pages.check(ip)
  let key = options.apiKey ?? (io.env[KEY_ENV] || undefined)
  for (;;) {
    const result = await pages.configure(ip, key, TIMEOUT_MS)
    if (result.outcome === 'configured') {
      call.print(
        { success: true, ip, device_name: result.deviceName, origin },
        `${printable(result.deviceName ?? ip)} uses ${origin} now.`,
      )
      if (!json) note(io, 'It calls within a minute. Then pair it: nle pair')
      return
    }
    if (!io.interactive || json) {
      throw new NleError(
        'unauthorized',
        `The thermostat at ${ip} ${key === undefined ? 'asks for its key' : 'does not take this key'}. Give it with --api-key or ${KEY_ENV}; try its serial first.`,
        { details: { auth_required: true } },
      )
    }
    note(io, key === undefined ? 'It asks for its key.' : 'It does not take this key.')
    key = await askSecret(
      io,
      'Key (try the serial, from Settings, Technical Info):',
      (typed) => typed.trim() !== '' || 'Type the key, or press Ctrl-C.',
      'The thermostat was not changed.',
    )
  }
}

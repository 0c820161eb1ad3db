import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { isLoopbackHost, parseSubnet, type Subnet, subnetOf } from '../../protocol/lan/addresses.ts'
import type { FoundThermostat } from '../../protocol/lan/settings-page.ts'
import { ownOrigin, settingsPages } from '../client/own-origin.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { addSettings, type SettingFlags } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { progressBar } from '../terminal/progress.ts'

type ScanOptions = SharedOptions & SettingFlags & { readonly subnet?: string }

export function registerScan(program: Command, io: Io): void {
  const command = program
    .command('scan')
    .description('look for thermostats on the home network, and see which server they use')
    .option('--subnet <address>', 'the /24 to look at (default: the one of this server)')
    .addHelpText(
      'after',
      `
Only thermostats with the No Longer Evil firmware answer, and only while awake or charged.

Examples:
  $ nle scan
  $ nle scan --subnet 192.168.1.0/24 --json`,
    )
  onServer(command, io, scan, { own: (each) => addSettings(each, ['apiOrigin']) })
}

async function scan({ io, json, options }: Invocation<ScanOptions>): Promise<void> {
  const origin = await ownOrigin(options, io)
  const subnet = wantedSubnet(options.subnet, origin)
  // A person who types a loopback address can ask it without nle as well.
  const typedLoopback = options.subnet !== undefined && isLoopbackHost(subnet.hosts[0] ?? '')
  const pages = await settingsPages(
    origin,
    typedLoopback || isLoopbackHost(new URL(origin).hostname),
  )
  const { scanNetwork } = await import('../../server/lan/network-scan.ts')
  const bar = progressBar(io, `looking at ${subnet.cidr}`)
  const found = await scanNetwork(pages, subnet, bar.show).finally(bar.clear)
  if (json) return printJson(io, { devices: found, subnet: subnet.cidr, origin })
  if (found.length === 0) {
    printLine(io, `No thermostat answers in ${subnet.cidr}.`)
    note(io, 'Wake it by turning its ring, and see that it is on this network; then look again.')
    return
  }
  for (const line of foundLines(found)) printLine(io, line)
  const other = found.find(({ configured }) => !configured)
  if (other !== undefined) {
    note(io, `\nPoint one at ${origin} with "nle configure ${other.ip}".`)
  }
}

function wantedSubnet(asked: string | undefined, origin: string): Subnet {
  const subnet = asked === undefined ? subnetOf(new URL(origin).hostname) : parseSubnet(asked)
  if (subnet !== undefined) return subnet
  throw new NleError(
    'invalid',
    asked === undefined
      ? `${origin} names no address, so the network cannot be told from it. Name it: nle scan --subnet 192.168.1.0/24`
      : `--subnet ${JSON.stringify(asked)} is not one: write the /24 of your network, such as 192.168.1.0/24.`,
  )
}

/** One line per thermostat: address, name, and the server it uses. */
export function foundLines(found: readonly FoundThermostat[]): string[] {
  const nameOf = ({ device_name }: FoundThermostat): string => printable(device_name ?? '-')
  const ipWidth = Math.max(...found.map(({ ip }) => ip.length))
  const nameWidth = Math.max(...found.map((each) => nameOf(each).length))
  return found.map((each) => {
    const uses = each.configured
      ? 'uses this server'
      : `uses ${each.cloudregisterurl ?? 'no server'}`
    return `${each.ip.padEnd(ipWidth)}  ${nameOf(each).padEnd(nameWidth)}  ${printable(uses)}`
  })
}

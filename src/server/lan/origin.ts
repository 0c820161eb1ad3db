import type { Config } from '../../config.ts'
import { isLoopbackHost, parseIp, plainAddress } from '../../protocol/lan/addresses.ts'
import { explicitOrigin } from '../../protocol/pairing/entry-document.ts'
import type { LanAddress } from './lan-address.ts'

/** The origin that thermostats are told, and its source. */
export interface Origin {
  readonly url: string
  readonly source: 'configured' | 'network' | 'loopback'
  readonly interfaceName?: string
}

/** The configured origin, else the best address of this machine (`E4`). */
export function findOrigin(
  config: Pick<Config, 'apiOrigin' | 'serverHost'>,
  at: { readonly port: number; readonly scheme: 'http' | 'https' },
  lan: LanAddress | undefined,
): Origin {
  if (config.apiOrigin !== undefined) return { url: config.apiOrigin, source: 'configured' }
  const { serverHost } = config
  const { port, scheme } = at
  const listensOn = parseIp(serverHost)
  const isOwnIpv4 = listensOn?.family === 4 && listensOn.kind !== 'unspecified'
  if (isOwnIpv4 && listensOn.kind !== 'loopback') {
    return { url: explicitOrigin(`${scheme}://${serverHost}:${port}`), source: 'configured' }
  }
  return lan === undefined || isLoopbackHost(serverHost)
    ? { url: `${scheme}://127.0.0.1:${port}`, source: 'loopback' }
    : {
        url: `${scheme}://${lan.address}:${port}`,
        source: 'network',
        interfaceName: lan.interfaceName,
      }
}

/** The origin for one thermostat: the local address that it reached, as the machine may have several. */
export function originFor(origin: Origin, port: number, localAddress: string | undefined): string {
  const address = plainAddress(localAddress)
  const ip = parseIp(address)
  if (origin.source === 'configured' || ip?.family !== 4 || ip.kind === 'loopback')
    return origin.url
  return `${new URL(origin.url).protocol}//${address}:${port}`
}

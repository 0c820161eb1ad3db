import type { Config } from '../../config.ts'
import { explicitOrigin } from '../../protocol/pairing/entry-document.ts'
import { plainAddress } from '../http/caller-network.ts'
import { isLoopback, type LanAddress } from './lan-address.ts'

/** What thermostats are told, and where it comes from. */
export interface Origin {
  readonly url: string
  readonly source: 'configured' | 'network' | 'loopback'
  readonly interfaceName?: string
}

/** What thermostats are told when nobody configured it (`E4`). */
export function findOrigin(
  config: Pick<Config, 'apiOrigin' | 'serverHost'>,
  at: { readonly port: number; readonly scheme: 'http' | 'https' },
  lan: LanAddress | undefined,
): Origin {
  if (config.apiOrigin !== undefined) return { url: config.apiOrigin, source: 'configured' }
  const { serverHost } = config
  const { port, scheme } = at
  if (/^\d+\./.test(serverHost) && serverHost !== '0.0.0.0' && !isLoopback(serverHost)) {
    return { url: explicitOrigin(`${scheme}://${serverHost}:${port}`), source: 'configured' }
  }
  return lan === undefined || isLoopback(serverHost)
    ? { url: `${scheme}://127.0.0.1:${port}`, source: 'loopback' }
    : {
        url: `${scheme}://${lan.address}:${port}`,
        source: 'network',
        interfaceName: lan.interfaceName,
      }
}

/** The address a thermostat reached us at is one it can reach; the machine may have several. */
export function originFor(origin: Origin, port: number, localAddress: string | undefined): string {
  const address = plainAddress(localAddress)
  if (origin.source === 'configured' || !/^\d+\.\d+\.\d+\.\d+$/.test(address)) return origin.url
  if (isLoopback(address)) return origin.url
  return `${new URL(origin.url).protocol}//${address}:${port}`
}

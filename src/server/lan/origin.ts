import type { Config } from '../../config.ts'
import { isLoopbackHost, parseIp, plainAddress } from '../../protocol/lan/addresses.ts'
import { reachedOrigin } from '../../protocol/lan/reached-origin.ts'
import { explicitOrigin } from '../../protocol/pairing/entry-document.ts'
import type { LanAddress } from './lan-address.ts'

/** The origin that thermostats are told, and its source. */
export interface Origin {
  readonly url: string
  /** `bound` is the one address that the device listener listens on. */
  readonly source: 'configured' | 'bound' | 'network' | 'loopback'
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
    return { url: explicitOrigin(`${scheme}://${serverHost}:${port}`), source: 'bound' }
  }
  return lan === undefined || isLoopbackHost(serverHost)
    ? { url: `${scheme}://127.0.0.1:${port}`, source: 'loopback' }
    : {
        url: `${scheme}://${lan.address}:${port}`,
        source: 'network',
        interfaceName: lan.interfaceName,
      }
}

/** The origin for a caller at this local address, as the machine may have several. */
export function originFor(origin: Origin, port: number, localAddress: string | undefined): string {
  const address = plainAddress(localAddress)
  const ip = parseIp(address)
  if (origin.source === 'configured' || ip?.family !== 4 || ip.kind === 'loopback')
    return origin.url
  return `${schemeOf(origin)}://${address}:${port}`
}

/** What a request says of the way it took. */
export interface Call {
  /** The header `Host`. */
  readonly host: string | undefined
  readonly localAddress: string | undefined
  readonly remoteAddress: string | undefined
  readonly isForwarded: boolean
}

/**
 * The origin to tell one thermostat: the configured one, else the one that it reached, else the local
 * address of its connection (`E4`). `unknownName` is a name in its `Host` that is not told on.
 *
 * @param port - of the device listener
 */
export function toldOrigin(
  origin: Origin,
  port: number,
  { host, localAddress, remoteAddress, isForwarded }: Call,
  isKnown: (host: string) => boolean,
): { readonly url: string; readonly unknownName?: string } {
  const isLocal = !isForwarded && isLoopbackHost(plainAddress(remoteAddress))
  const reached = reachedOrigin({ host, scheme: schemeOf(origin), port, isLocal, isKnown })
  const url = originFor(origin, port, localAddress)
  if ('unknownName' in reached) return { url, unknownName: reached.unknownName }
  return 'origin' in reached && origin.source !== 'configured' ? { url: reached.origin } : { url }
}

function schemeOf({ url }: Origin): 'http' | 'https' {
  return url.startsWith('https:') ? 'https' : 'http'
}

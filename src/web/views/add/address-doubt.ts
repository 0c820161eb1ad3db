import {
  hostIn,
  isContainerAddress,
  isHomeName,
  isLoopbackHost,
  parseIp,
  subnetOf,
} from '../../../protocol/lan/addresses.ts'

/** Why the address that the server tells thermostats may not be one that they reach. */
export type AddressDoubt =
  | { readonly doubt: 'loopback' }
  /** `likely` is the address by the way that the page itself was reached. */
  | { readonly doubt: 'container' | 'elsewhere'; readonly host: string; readonly likely: string }

/**
 * @param registerUrl - what a thermostat is to be told
 * @param pageHost - the host by which this browser reached the server, as `location.hostname` has it
 */
export function addressDoubt(registerUrl: string, pageHost: string): AddressDoubt | undefined {
  const told = new URL(registerUrl)
  const toldHost = hostIn(told.host)
  if (isLoopbackHost(toldHost)) return { doubt: 'loopback' }
  const host = hostIn(pageHost)
  if (isLoopbackHost(host) || host === toldHost || !isOfHome(host)) return undefined
  const likely = `${told.protocol}//${told.host.replace(told.hostname, pageHost)}${told.pathname}`
  if (isContainerAddress(toldHost) && subnetOf(host)?.cidr !== subnetOf(toldHost)?.cidr) {
    return { doubt: 'container', host, likely }
  }
  // A name may be that of the very address, so only another address is worth a word.
  return parseIp(host)?.family === 4 && parseIp(toldHost) !== undefined
    ? { doubt: 'elsewhere', host, likely }
    : undefined
}

/** A thermostat reaches neither IPv6 addresses nor the far end of a tunnel or a proxy. */
function isOfHome(host: string): boolean {
  const ip = parseIp(host)
  return ip === undefined ? isHomeName(host) : ip.kind === 'private'
}

import { hostname } from 'node:os'
import { hostIn, isHomeName, isHostName, parseIp } from '../../protocol/lan/addresses.ts'

/** Which names in the header `Host` are this server's. */
export type HostCheck = (hostHeader: string | undefined) => boolean

/**
 * The check of both listeners, against DNS rebinding: a stranger's page whose name is made to point here.
 * It takes every IP address, because such a page has a name, and because a server behind a container's
 * port mapping does not know its address. It takes names without a dot and names of a home network,
 * because no public name server serves them. Any other name has to be this machine's, or a configured
 * one. The control listener refuses other names; the device listener does not tell them on (`E4`).
 *
 * @param configured - names, with or without a port, and URLs
 */
export function hostCheck(configured: readonly string[], machineName = hostname()): HostCheck {
  const own = new Set([machineName.toLowerCase(), ...configured.map(hostIn)])
  const isOurs = (hostHeader: string): boolean => {
    const host = hostIn(hostHeader)
    return parseIp(host) !== undefined || isHomeName(host) || (isHostName(host) && own.has(host))
  }
  // All thermostats send the same name, with each request.
  let latest = { hostHeader: '', isOurs: isOurs('') }
  return (hostHeader) => {
    // A browser always sends one.
    if (hostHeader === undefined) return true
    if (hostHeader !== latest.hostHeader) latest = { hostHeader, isOurs: isOurs(hostHeader) }
    return latest.isOurs
  }
}

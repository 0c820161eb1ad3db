import { hostname } from 'node:os'
import { hostIn, isHomeName, isHostName, parseIp } from '../../../protocol/lan/addresses.ts'

/** Which names in the header `Host` are this server's. */
export type HostCheck = (hostHeader: string | undefined) => boolean

/**
 * The check for the control listener. An IP address is never the name of somebody's page, and behind
 * a container's port mapping we cannot know which one we are reached at: all of them are taken. So are
 * names without a dot and names of a home network: no public name server gives one to a stranger's page
 * and then lets it point here (DNS rebinding). Any other name has to be this machine's, or one that the
 * operator wrote down.
 *
 * @param configured - names, with or without a port, and URLs
 */
export function hostCheck(configured: readonly string[], machineName = hostname()): HostCheck {
  const own = new Set([machineName.toLowerCase(), ...configured.map(hostIn)])
  return (hostHeader) => {
    // A browser always sends one.
    if (hostHeader === undefined) return true
    const host = hostIn(hostHeader)
    return parseIp(host) !== undefined || isHomeName(host) || (isHostName(host) && own.has(host))
  }
}

import { isIP } from 'node:net'
import { hostname } from 'node:os'

/**
 * Names that no public name server hands out, so that no page of a stranger can be reached under one
 * and then have it point at this machine (DNS rebinding).
 */
const PRIVATE_SUFFIXES = [
  'local',
  'localhost',
  'lan',
  'home',
  'home.arpa',
  'internal',
  'localdomain',
]

/** Which names in the header `Host` are this server's. */
export type HostCheck = (hostHeader: string | undefined) => boolean

/**
 * The check for the control listener. An IP address is never the name of somebody's page, and behind
 * a container's port mapping we cannot know which one we are reached at: all of them are taken. So are
 * names without a dot and names of a home network. Any other name has to be this machine's, or one
 * that the operator wrote down.
 *
 * @param configured - names, with or without a port, and URLs
 */
export function hostCheck(configured: readonly string[], machineName = hostname()): HostCheck {
  const own = new Set([machineName.toLowerCase(), ...configured.map(nameIn)])
  return (hostHeader) => {
    // A browser always sends one.
    if (hostHeader === undefined) return true
    const name = nameIn(hostHeader)
    if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0) return true
    if (!isName(name)) return false
    const isHome = PRIVATE_SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`))
    return !name.includes('.') || isHome || own.has(name)
  }
}

/** Whether a `Host` names this machine in a way that means itself: for the loopback exception. */
export function namesLoopback(hostHeader: string | undefined): boolean {
  const name = nameIn(hostHeader ?? 'localhost')
  return name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** The name in `name`, `name:port` or a URL: lower case, without the dot a full name may end in. */
function nameIn(text: string): string {
  const host = URL.canParse(text) && text.includes('://') ? new URL(text).host : text.trim()
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}

function isName(text: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(text) && text.length <= 253
}

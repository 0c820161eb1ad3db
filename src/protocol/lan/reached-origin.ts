import { isHostName, isLoopbackHost, isUnspecified } from './addresses.ts'

/** How a request reached the device listener. */
export interface ReachedBy {
  /** The header `Host`. */
  readonly host: string | undefined
  readonly scheme: 'http' | 'https'
  /** The port that the listener listens on. */
  readonly port: number
  /** Whether a program on this machine sent the request, as far as can be told. */
  readonly isLocal: boolean
  /** Whether a name or an address is one that the operator or a home network gives this server. */
  isKnown(host: string): boolean
}

/** The origin that a thermostat reached, or the name of one that it must not be told. */
export type Reached =
  | { readonly origin: string }
  | { readonly unknownName: string }
  | { readonly unusable: true }

const UNUSABLE = { unusable: true } as const

/** A name or an IPv4 address, and perhaps a port: no user, no path, no list, no IPv6 address. */
const HOST = /^([a-z0-9._-]{1,253})(?::(\d{0,5}))?$/

/**
 * The origin that a `Host` stands for (`E4`), with its port (`E2`). Behind a port forward or a published
 * container port only the thermostat knows the address that leads here, and its `Host` says it.
 */
export function reachedOrigin({ host, scheme, port, isLocal, isKnown }: ReachedBy): Reached {
  const [, written = '', writtenPort = ''] = HOST.exec(host?.trim().toLowerCase() ?? '') ?? []
  const name = written.replace(/\.$/, '')
  const asked = writtenPort === '' ? (scheme === 'https' ? 443 : 80) : Number(writtenPort)
  // URL reads `2130706433` and `0x7f.1` as addresses, and so might a thermostat.
  if (!isHostName(name) || URL.parse(`${scheme}://${name}`)?.hostname !== name) return UNUSABLE
  if (asked < 1 || asked > 65_535 || isUnspecified(name)) return UNUSABLE
  // A proxy on this machine may call `localhost` on behalf of a thermostat, but only on nle's own port.
  if (isLoopback(name) && (!isLocal || asked === port)) return UNUSABLE
  return isKnown(name) ? { origin: `${scheme}://${name}:${asked}` } : { unknownName: name }
}

/** Whether a name leads every machine to itself. */
function isLoopback(name: string): boolean {
  return isLoopbackHost(name) || /^localhost\.|\.localhost$/.test(name)
}

/** The kinds of IP addresses and host names. No name is resolved. */

/** `unspecified` is `0.0.0.0` and `::`; `private` is RFC 1918, `unique-local` its IPv6 counterpart. */
export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'link-local'
  | 'unique-local'
  | 'global'

export interface IpAddress {
  readonly family: 4 | 6
  readonly kind: AddressKind
  /** In lower case, without brackets and zone; an IPv4-mapped address as IPv4. */
  readonly text: string
  /** Four bytes, or eight groups of 16 bits. */
  readonly parts: readonly number[]
}

/**
 * The address that a text is: `192.168.1.5`, `fe80::1%eth0`, `[::1]`, `::ffff:127.0.0.1`. Undefined for
 * names and for IPv4 notations that can be misread, such as `0x7f.1` and `0300.168.1.5`.
 */
export function parseIp(text: string): IpAddress | undefined {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  const bytes = bare === text ? parseIpv4(bare) : undefined
  if (bytes !== undefined) return ipv4(bytes)
  const plain = (bare.split('%')[0] ?? '').toLowerCase()
  const groups = ipv6Groups(plain)
  if (groups === undefined) return undefined
  const [high = 0, low = 0] = groups.slice(6)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return ipv4([high >> 8, high & 255, low >> 8, low & 255])
  }
  return { family: 6, kind: ipv6Kind(groups), text: plain, parts: groups }
}

/** Whether a host, a name or an address, is this machine itself: `localhost`, `127.0.0.1`, `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === 'localhost' || parseIp(name)?.kind === 'loopback'
}

/** Networks that container engines give out by themselves: Docker's and Podman's. */
const CONTAINER = /^(172\.(1[7-9]|2\d|3[01])|10\.8[89])\./

/** Whether an address is probably that of a container, which other machines do not reach. */
export function isContainerAddress(address: string): boolean {
  return CONTAINER.test(address)
}

/** Whether listening on this address means every address of the machine. */
export function isUnspecified(host: string): boolean {
  return parseIp(host)?.kind === 'unspecified'
}

/** The host in `host`, `host:port` or a URL: lower case, without brackets and final dot. */
export function hostIn(text: string): string {
  const isUrl = text.includes('://') && URL.canParse(text)
  const host = (isUrl ? new URL(text).host : text.trim()).toLowerCase()
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1]
  return bracketed ?? parseIp(host)?.text ?? host.replace(/:\d*$/, '').replace(/\.$/, '')
}

/** Suffixes that no public name server hands out. */
const HOME_SUFFIXES = ['local', 'localhost', 'lan', 'home', 'home.arpa', 'internal', 'localdomain']

/** Whether only a home network can give this name: one without a dot, or with such a suffix. */
export function isHomeName(name: string): boolean {
  return (
    isHostName(name) &&
    (!name.includes('.') || HOME_SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`)))
  )
}

/** Whether a text in lower case can be a host name. */
export function isHostName(text: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(text) && text.length <= 253
}

/** The caller's address where there is none: it came over a Unix socket of this machine. */
export const LOCAL_CALLER = 'local'

/** An address as a socket gives it, in its plain form: IPv4 as such on a dual socket, without a zone. */
export function plainAddress(address: string | undefined): string {
  return address === undefined ? LOCAL_CALLER : (parseIp(address)?.text ?? address)
}

/** An IPv4 address, or the network (/64) of an IPv6 address. */
export function networkOf(address: string): string {
  const ip = parseIp(address)
  if (ip?.family !== 6) return ip?.text ?? address
  return `${ip.parts
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/**
 * The rate-limit key of an address: what every limit per caller counts. It is the address, but the network
 * of a global IPv6 address from elsewhere, because every household and every rented server can choose from
 * a whole /64. Addresses in a network of this machine are neighbours, each of them another machine.
 *
 * @param ownNetworks - the IPv6 networks of this machine; asked only about global IPv6 addresses
 */
export function limitKey(address: string, ownNetworks: () => ReadonlySet<string>): string {
  const ip = parseIp(address)
  if (ip?.family !== 6 || ip.kind !== 'global') return ip?.text ?? address
  const network = networkOf(address)
  return ownNetworks().has(network) ? ip.text : network
}

export interface Subnet {
  /** As `192.168.1.0/24`. */
  readonly cidr: string
  /** Every address in it but the first and the last. */
  readonly hosts: readonly string[]
}

/** The /24 an address is in; undefined when it is no plain IPv4 address. */
export function subnetOf(address: string): Subnet | undefined {
  const [a, b, c] = parseIpv4(address) ?? []
  if (a === undefined) return undefined
  const base = `${a}.${b}.${c}`
  return { cidr: `${base}.0/24`, hosts: Array.from({ length: 254 }, (_, i) => `${base}.${i + 1}`) }
}

/** A /24 as people write it: `192.168.1.0/24`, or any address in it; undefined for anything else. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^([\d.]+)(?:\/24)?$/.exec(text.trim())
  return match?.[1] === undefined ? undefined : subnetOf(match[1])
}

function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  const isPlain = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return parts.length === 4 && isPlain ? parts.map(Number) : undefined
}

function ipv4(bytes: readonly number[]): IpAddress {
  return { family: 4, kind: ipv4Kind(bytes), text: bytes.join('.'), parts: bytes }
}

function ipv4Kind(bytes: readonly number[]): AddressKind {
  const [a = 0, b = 0] = bytes
  if (bytes.every((byte) => byte === 0)) return 'unspecified'
  if (a === 127) return 'loopback'
  if (a === 169 && b === 254) return 'link-local'
  const isPrivate = a === 10 || (a === 192 && b === 168) || (a === 172 && b >> 4 === 1)
  return isPrivate ? 'private' : 'global'
}

function ipv6Kind(groups: readonly number[]): AddressKind {
  const [first = 0] = groups
  if (groups.slice(0, 7).every((group) => group === 0)) {
    if (groups[7] === 0) return 'unspecified'
    if (groups[7] === 1) return 'loopback'
  }
  if (first >> 6 === 0xfe80 >> 6) return 'link-local'
  return first >> 9 === 0xfc00 >> 9 ? 'unique-local' : 'global'
}

/** The eight groups of an IPv6 address; its last two may be written as an IPv4 address. */
function ipv6Groups(text: string): readonly number[] | undefined {
  const [, front = '', dotted] = /^(.*:)([^:]*\.[^:]*)$/.exec(text) ?? []
  if (dotted !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(dotted) ?? []
    const last = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16))
    return parseIpv4(dotted) === undefined ? undefined : ipv6Groups(front + last.join(':'))
  }
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const written = halves.flat()
  const missing = 8 - written.length
  if (!written.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined
  if (halves.length === 1 ? missing !== 0 : halves.length > 2 || missing < 1) return undefined
  const [head = [], tail = []] = halves
  return [...head, ...Array<string>(missing).fill('0'), ...tail].map((group) => parseInt(group, 16))
}

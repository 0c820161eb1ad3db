/** IPv4 addresses and subnets, in the one notation nobody can misread. */

/** The four bytes of `192.168.1.5`; undefined for every other notation, such as `0300.0xa8.1.5`. */
export function parseIpv4(text: string): readonly [number, number, number, number] | undefined {
  const bytes = text
    .split('.')
    .map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256))
  const [a, b, c, d] = bytes
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return undefined
  return a === undefined || b === undefined || c === undefined || d === undefined
    ? undefined
    : [a, b, c, d]
}

/** Whether an address is one of a home network (RFC 1918). */
export function isPrivateIpv4(text: string): boolean {
  const [a, b] = parseIpv4(text) ?? []
  return a === 10 || (a === 192 && b === 168) || (a === 172 && b !== undefined && b >> 4 === 1)
}

/** Whether an address leads back to this machine. */
export function isLoopbackIpv4(text: string): boolean {
  return parseIpv4(text)?.[0] === 127
}

export interface Subnet {
  /** As `192.168.1.0/24`. */
  readonly cidr: string
  /** Every address in it but the first and the last. */
  readonly hosts: readonly string[]
}

/** The /24 an address is in; undefined when it is no IPv4 address. */
export function subnetOf(address: string): Subnet | undefined {
  const [a, b, c] = parseIpv4(address) ?? []
  if (a === undefined) return undefined
  const base = `${a}.${b}.${c}`
  return {
    cidr: `${base}.0/24`,
    hosts: Array.from({ length: 254 }, (_, i) => `${base}.${i + 1}`),
  }
}

/** A /24 as people write it: `192.168.1.0/24`, or any address in it; undefined for anything else. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^([\d.]+)(?:\/24)?$/.exec(text.trim())
  return match?.[1] === undefined ? undefined : subnetOf(match[1])
}

import { NleError } from '../../errors.ts'
import { type IpAddress, parseIp } from './addresses.ts'

/** Addresses that share their first bits: a subnet, or a single address. */
export interface AddressRange {
  readonly family: 4 | 6
  /** The address as one number, without the bits after the prefix. */
  readonly prefix: bigint
  readonly prefixBits: number
}

/**
 * A trusted proxy as people write it: `172.18.0.2`, or a subnet such as `172.18.0.0/16`.
 *
 * @throws NleError `invalid`
 */
export function addressRange(text: string): AddressRange {
  const [address = '', length, more] = text.split('/')
  const ip = parseIp(address)
  const bits = ip === undefined ? 0 : bitsOf(ip)
  const prefixBits = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : -1
  if (ip === undefined || more !== undefined || prefixBits < 0 || prefixBits > bits) {
    throw new NleError(
      'invalid',
      `${text} is no IP address or subnet such as 172.18.0.2 or 172.18.0.0/16.`,
    )
  }
  if (prefixBits === 0 || ip.kind === 'unspecified') {
    throw new NleError(
      'invalid',
      `${text} would trust everybody to name any address; name the proxy alone.`,
    )
  }
  return { family: ip.family, prefix: prefixOf(ip, prefixBits), prefixBits }
}

/** Whether an address is in one of these ranges. */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  if (ranges.length === 0) return false
  const ip = parseIp(address)
  return (
    ip !== undefined &&
    ranges.some(
      ({ family, prefix, prefixBits }) =>
        family === ip.family && prefix === prefixOf(ip, prefixBits),
    )
  )
}

/** The headers in which proxies say for whom they call. */
export interface ForwardingHeaders {
  readonly forwarded?: string | undefined
  readonly 'x-forwarded-for'?: string | readonly string[] | undefined
}

/**
 * The address that a trusted proxy calls for: the last hop that is not a trusted proxy itself. That caller
 * wrote the hops further left, and may have written anything. When the proxy names no caller, or two headers
 * disagree, the address of the proxy counts.
 */
export function forwardedAddress(
  proxy: string,
  headers: ForwardingHeaders,
  trusted: readonly AddressRange[],
): string {
  const xForwardedFor = headers['x-forwarded-for']
  const told = [
    ...(xForwardedFor === undefined ? [] : [String(xForwardedFor).split(',')]),
    ...(headers.forwarded === undefined ? [] : [forwardedFor(headers.forwarded)]),
  ].map((hops) => lastUntrusted(proxy, hops, trusted))
  const [first = proxy, second = first] = told
  return first === second ? first : proxy
}

function lastUntrusted(
  proxy: string,
  hops: readonly string[],
  trusted: readonly AddressRange[],
): string {
  let caller = proxy
  for (const hop of hops.toReversed()) {
    const address = hopAddress(hop)
    // A hop that hides its address: what is left of it cannot be checked.
    if (address === undefined) break
    caller = address
    if (!isInRanges(address, trusted)) break
  }
  return caller
}

/** The `for` of each hop in a `Forwarded` header (RFC 7239). */
function forwardedFor(header: string): string[] {
  return header.split(',').map((hop) => {
    const pair = hop.split(';').find((each) => /^\s*for\s*=/i.test(each))
    return pair?.slice(pair.indexOf('=') + 1) ?? ''
  })
}

/** `192.168.1.5`, `192.168.1.5:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, each of them perhaps in quotes. */
function hopAddress(hop: string): string | undefined {
  const text = hop.trim().replace(/^"(.*)"$/, '$1')
  const withoutPort = /^(\[[^\]]*\]|[\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  return parseIp(withoutPort)?.text
}

function bitsOf({ family }: IpAddress): number {
  return family === 4 ? 32 : 128
}

function prefixOf(ip: IpAddress, prefixBits: number): bigint {
  const bitsOfPart = ip.family === 4 ? 8n : 16n
  const number = ip.parts.reduce((sum, part) => (sum << bitsOfPart) | BigInt(part), 0n)
  return number >> BigInt(bitsOf(ip) - Math.min(prefixBits, bitsOf(ip)))
}

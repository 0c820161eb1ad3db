import { type IpAddress, parseIp } from '../lan/addresses.ts'

/** Where clouds answer their machines with passwords; those in 169.254.0.0/16 are link-local. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254']

/**
 * Why no notification goes to an address; undefined where one may. Home networks and this machine are where
 * people have their receivers. Addresses without a router are not: cloud machines get their passwords there.
 */
export function forbiddenAddress(address: string): string | undefined {
  const ip = parseIp(address)
  if (ip === undefined) return `${address} is no address`
  const { kind, text } = ipv4Inside(ip) ?? ip
  if (kind === 'link-local') return `${text} is a link-local address`
  if (kind === 'unspecified' || isMulticast(ip)) return `${text} is no address of one machine`
  const isMetadata = METADATA.some((each) => parseIp(each)?.parts.join() === ip.parts.join())
  return isMetadata || METADATA.includes(text)
    ? `${text} belongs to a cloud's own service`
    : undefined
}

function isMulticast({ family, parts: [first = 0] }: IpAddress): boolean {
  return family === 4 ? first >= 224 : first >> 8 === 0xff
}

/** The IPv4 address that an IPv6 address leads to: NAT64 (64:ff9b::/96), 6to4 (2002::/16), ::a.b.c.d. */
function ipv4Inside({ family, parts }: IpAddress): IpAddress | undefined {
  if (family === 4) return undefined
  const isNat64 = parts[0] === 0x64 && parts[1] === 0xff9b && parts.slice(2, 6).every(isZero)
  const isCompatible = parts.slice(0, 6).every(isZero) && parts[6] !== 0
  const [high = 0, low = 0] = parts[0] === 0x2002 ? parts.slice(1, 3) : parts.slice(6)
  if (!isNat64 && !isCompatible && parts[0] !== 0x2002) return undefined
  return parseIp([high >> 8, high & 255, low >> 8, low & 255].join('.'))
}

function isZero(part: number): boolean {
  return part === 0
}

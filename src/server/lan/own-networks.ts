import { networkInterfaces } from 'node:os'
import { networkOf } from '../../protocol/lan/addresses.ts'

/** The IPv6 networks (/64) that this machine has an address in: their other addresses are neighbours. */
export function ownNetworks(interfaces = networkInterfaces()): ReadonlySet<string> {
  const addresses = Object.values(interfaces).flatMap((each) => each ?? [])
  return new Set(
    addresses.filter(({ family }) => family === 'IPv6').map(({ address }) => networkOf(address)),
  )
}

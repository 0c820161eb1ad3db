import { networkInterfaces } from 'node:os'
import { limitKey, networkOf } from '../../protocol/lan/addresses.ts'
import type { Clock } from '../core/clock.ts'

/** A provider may give a home another network at any time. */
const LOOK_AGAIN_MS = 60_000

/** The IPv6 networks (/64) that this machine has an address in: their other addresses are neighbours. */
export function ownNetworks(interfaces = networkInterfaces()): ReadonlySet<string> {
  const addresses = Object.values(interfaces).flatMap((each) => each ?? [])
  return new Set(
    addresses.filter(({ family }) => family === 'IPv6').map(({ address }) => networkOf(address)),
  )
}

/** The rate-limit keys of addresses as seen from this machine, which looks at its networks once a minute. */
export function limitKeys(
  clock: Pick<Clock, 'now'>,
  look: () => ReadonlySet<string> = ownNetworks,
): (address: string) => string {
  let own: ReadonlySet<string> = new Set()
  let lookAtMs = Number.NEGATIVE_INFINITY
  const current = (): ReadonlySet<string> => {
    const { steadyMs } = clock.now()
    if (steadyMs >= lookAtMs) {
      own = look()
      lookAtMs = steadyMs + LOOK_AGAIN_MS
    }
    return own
  }
  return (address) => limitKey(address, current)
}

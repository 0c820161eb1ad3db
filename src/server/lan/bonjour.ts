import type { Clock } from '../core/clock.ts'
import { lanAddress } from './lan-address.ts'
import { MulticastSocket } from './multicast-socket.ts'

/** The type of service that nle is; DNS-SD writes `_nle._tcp`. */
export const NLE_SERVICE = 'nle'

/** mDNS on one network interface. */
export async function openBonjour(address: string, clock: Pick<Clock, 'now'>) {
  // By name: its default export is another thing in the executable.
  const { Bonjour, Service } = await import('bonjour-service')
  announceLanAddressOnly(Service.prototype)
  const socket = await MulticastSocket.open(address, clock)
  // The library passes these on to the one below it, which its types do not say.
  const options = { socket, bind: false, multicast: false } as object
  try {
    // An answer that could not be sent is asked for again.
    return { socket, bonjour: new Bonjour(options, () => {}) }
  } catch (error) {
    socket.close(() => {})
    throw error
  }
}

interface Announced {
  records(): { type: string; data: unknown }[]
}

const changed = new WeakSet<Announced>()

/** The library announces every address of the machine, those of container bridges too: nobody else reaches them. */
function announceLanAddressOnly(prototype: Announced): void {
  if (changed.has(prototype)) return
  changed.add(prototype)
  const { records } = prototype
  prototype.records = function (this: Announced) {
    const address = lanAddress()?.address
    return records
      .call(this)
      .filter(({ type, data }) => (type !== 'A' && type !== 'AAAA') || data === address)
  }
}

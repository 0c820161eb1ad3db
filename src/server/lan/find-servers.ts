import { parseIp } from '../../protocol/lan/addresses.ts'
import type { Clock } from '../core/clock.ts'
import { NLE_SERVICE, openBonjour } from './bonjour.ts'
import { lanAddress } from './lan-address.ts'

/** As many as a person can choose from. */
const MAX_FOUND = 8

/** A server of the local network, as it announces itself: strangers may announce anything. */
export interface FoundServer {
  readonly url: string
  readonly name: string
}

/** The servers that announce themselves in the local network while it waits; none where it cannot look. */
export async function findServers(
  clock: Pick<Clock, 'now'>,
  wait: () => Promise<void>,
): Promise<FoundServer[]> {
  const lan = lanAddress()
  if (lan === undefined) return []
  const found = new Map<string, FoundServer>()
  try {
    const { bonjour } = await openBonjour(lan.address, clock)
    try {
      bonjour.find({ type: NLE_SERVICE }, ({ name, addresses = [], port }) => {
        const address = addresses.find(isOfHome)
        if (address === undefined || found.size >= MAX_FOUND) return
        const url = `http://${address}:${port}`
        found.set(url, { url, name })
      })
      await wait()
    } finally {
      await new Promise<void>((resolve) => bonjour.destroy(() => resolve()))
    }
  } catch {
    // Without a network, or with a program that keeps the port to itself.
  }
  return [...found.values()]
}

function isOfHome(address: string): boolean {
  const ip = parseIp(address)
  return ip?.family === 4 && (ip.kind === 'private' || ip.kind === 'link-local')
}

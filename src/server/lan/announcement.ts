import { createHash } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import type { Clock } from '../core/clock.ts'
import { NLE_SERVICE, openBonjour } from './bonjour.ts'
import type { LanAddress } from './lan-address.ts'

/** What is announced in the local network. */
export interface AnnouncedServer {
  readonly lan: LanAddress
  /** Of the control listener. */
  readonly port: number
  readonly version: string
}

/** A server that is announced now. */
export interface Announcement {
  /** As apps show it. */
  readonly name: string
  /** Tells everybody that the server is gone, and closes the socket. */
  end(): Promise<void>
}

/**
 * Announces the server as `_nle._tcp` and, for programs that look for web pages, as `_http._tcp`.
 *
 * @param lost - called when it is announced no more, with the reason
 */
export async function announce(
  server: AnnouncedServer,
  clock: Pick<Clock, 'now'>,
  lost: (reason: string) => void,
): Promise<Announcement> {
  const { lan, port, version } = server
  const id = idOf(lan, port)
  const name = `nle on ${shortHostName()} ${id}`
  const { socket, bonjour } = await openBonjour(lan.address, clock)
  const end = async (): Promise<void> => {
    socket.stopReading()
    await new Promise<void>((resolve) => bonjour.unpublishAll(() => resolve()))
    await new Promise<void>((resolve) => bonjour.destroy(() => resolve()))
  }
  socket.on('lost', lost)
  const host = `nle-${id}.local`
  const service = { name, port, host, txt: { path: '/', version }, disableIPv6: true }
  try {
    for (const type of [NLE_SERVICE, 'http']) {
      // No other server has this name, see `idOf`. A search for one would let strangers forbid it.
      bonjour.publish({ ...service, type, probe: false })
    }
  } catch (error) {
    await end()
    throw error
  }
  return { name, end }
}

/**
 * Tells servers apart whose machines have the same name. It comes from the hardware address and the port, so that it
 * stays the same after a restart, and what others remember of a killed server stays true.
 */
function idOf({ interfaceName, address }: LanAddress, port: number): string {
  const own = networkInterfaces()[interfaceName]?.find((each) => each.address === address)
  return createHash('sha256').update(`${own?.mac} ${port}`).digest('hex').slice(0, 6)
}

/** A name in mDNS has 63 bytes at most. */
function shortHostName(): string {
  const [first = ''] = hostname().split('.')
  return first.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 40)
}

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf, plainAddress } from '../../protocol/lan/addresses.ts'

/**
 * Limits the connections of a listener. Beyond `max` the oldest connection of the network that has most
 * is closed for a new one: a stranger with thousands of connections neither closes those of others nor
 * keeps others out.
 *
 * @param filledUp - called with the network that has most; again only after half are closed
 */
export function limitConnections(
  server: Server,
  max: number,
  filledUp: (crowded: string) => void,
): void {
  /** Oldest first. */
  const byNetwork = new Map<string, Set<Socket>>()
  let count = 0
  let isFull = false

  /** Also called before the socket reports its end, so that a closing connection does not count. */
  function remove(socket: Socket): void {
    const network = networkOfSocket(socket)
    const sockets = byNetwork.get(network)
    if (sockets?.delete(socket) !== true) return
    if (sockets.size === 0) byNetwork.delete(network)
    count -= 1
    if (count < max / 2) isFull = false
  }

  // One function for all, because held connections are many.
  function whenClosed(this: Socket): void {
    remove(this)
  }

  function evictOldest(): void {
    let most: ReadonlySet<Socket> = new Set()
    let crowded = ''
    for (const [network, sockets] of byNetwork) {
      if (sockets.size > most.size) [crowded, most] = [network, sockets]
    }
    const [oldest] = most
    if (oldest === undefined) return
    remove(oldest)
    oldest.destroy()
    if (!isFull) filledUp(crowded)
    isFull = true
  }

  server.on('connection', (socket: Socket) => {
    const network = networkOfSocket(socket)
    byNetwork.set(network, (byNetwork.get(network) ?? new Set()).add(socket))
    count += 1
    socket.on('close', whenClosed)
    if (count > max) evictOldest()
  })
}

/** Node keeps the address of a socket after its end, once it was read. */
function networkOfSocket({ remoteAddress }: Socket): string {
  return networkOf(plainAddress(remoteAddress))
}

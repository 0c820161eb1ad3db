import type { Socket } from 'node:net'
import { networkOf, plainAddress } from '../../protocol/lan/addresses.ts'

/**
 * The connections of a listener, by network. Beyond `max` the oldest connection of the network that has
 * most is closed for a new one: a stranger with thousands of connections neither closes those of others
 * nor keeps others out.
 */
export class Connections {
  readonly #max: number
  readonly #filledUp: (crowded: string) => void
  /** Oldest first. */
  readonly #byNetwork = new Map<string, Set<Socket>>()
  readonly #whenClosed: (this: Socket) => void
  #count = 0
  #isFull = false

  /** @param filledUp - called with the network that has most; again only after half are closed */
  constructor(max: number, filledUp: (crowded: string) => void) {
    this.#max = max
    this.#filledUp = filledUp
    const remove = (socket: Socket): void => this.#remove(socket)
    // One function for all, because held connections are many.
    this.#whenClosed = function () {
      remove(this)
    }
  }

  /** Adds a new connection. */
  admit(socket: Socket): void {
    const network = networkOfSocket(socket)
    const sockets = this.#byNetwork.get(network) ?? new Set()
    this.#byNetwork.set(network, sockets.add(socket))
    this.#count += 1
    socket.on('close', this.#whenClosed)
    if (this.#count > this.#max) this.#evictOldest()
  }

  #evictOldest(): void {
    let most: ReadonlySet<Socket> = new Set()
    let crowded = ''
    for (const [network, sockets] of this.#byNetwork) {
      if (sockets.size > most.size) [crowded, most] = [network, sockets]
    }
    const [oldest] = most
    if (oldest === undefined) return
    this.#remove(oldest)
    oldest.destroy()
    if (!this.#isFull) this.#filledUp(crowded)
    this.#isFull = true
  }

  /** Also called before the socket reports its end, so that a closing connection does not count. */
  #remove(socket: Socket): void {
    const network = networkOfSocket(socket)
    const sockets = this.#byNetwork.get(network)
    if (sockets?.delete(socket) !== true) return
    if (sockets.size === 0) this.#byNetwork.delete(network)
    this.#count -= 1
    if (this.#count < this.#max / 2) this.#isFull = false
  }
}

/** Node keeps the address of a socket after its end, once it was read. */
function networkOfSocket({ remoteAddress }: Socket): string {
  return networkOf(plainAddress(remoteAddress))
}

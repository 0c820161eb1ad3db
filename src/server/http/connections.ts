import type { Socket } from 'node:net'
import { networkOf, plainAddress } from '../../protocol/lan/addresses.ts'

/**
 * Who is connected to a listener, by network. Beyond `max`, the network that has most connections gives
 * up its oldest for the one that comes: whatever a stranger does with thousands of connections, those
 * of others stay, and so does their way in.
 */
export class Connections {
  readonly #max: number
  readonly #filledUp: (crowded: string) => void
  /** Oldest first. */
  readonly #byNetwork = new Map<string, Set<Socket>>()
  readonly #whenClosed: (this: Socket) => void
  #count = 0
  #isFull = false

  /** @param filledUp - hears which network has most; once, until half of the connections are gone */
  constructor(max: number, filledUp: (crowded: string) => void) {
    this.#max = max
    this.#filledUp = filledUp
    const leave = (socket: Socket): void => this.#leave(socket)
    // Made once for all: held connections are many.
    this.#whenClosed = function () {
      leave(this)
    }
  }

  /** Takes in a connection that has just come. */
  admit(socket: Socket): void {
    const network = networkOfSocket(socket)
    const sockets = this.#byNetwork.get(network) ?? new Set()
    this.#byNetwork.set(network, sockets.add(socket))
    this.#count += 1
    socket.on('close', this.#whenClosed)
    if (this.#count > this.#max) this.#makeRoom()
  }

  #makeRoom(): void {
    let most: ReadonlySet<Socket> = new Set()
    let crowded = ''
    for (const [network, sockets] of this.#byNetwork) {
      if (sockets.size > most.size) [crowded, most] = [network, sockets]
    }
    const [oldest] = most
    if (oldest === undefined) return
    this.#leave(oldest)
    oldest.destroy()
    if (!this.#isFull) this.#filledUp(crowded)
    this.#isFull = true
  }

  /** Also before the socket has noticed, so that none is counted that is on its way out. */
  #leave(socket: Socket): void {
    const network = networkOfSocket(socket)
    const sockets = this.#byNetwork.get(network)
    if (sockets?.delete(socket) !== true) return
    if (sockets.size === 0) this.#byNetwork.delete(network)
    this.#count -= 1
    if (this.#count < this.#max / 2) this.#isFull = false
  }
}

/** Node remembers the address of a socket it was once asked for, also after the end. */
function networkOfSocket({ remoteAddress }: Socket): string {
  return networkOf(plainAddress(remoteAddress))
}

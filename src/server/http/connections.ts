import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { mayTake, whoGivesWay } from '../../protocol/lan/shares.ts'
import type { Offenders } from './offenders.ts'
import type { Remotes } from './remotes.ts'

/** The key of the connections of trusted proxies that carry no request now. */
const IDLE_PROXIES = 'trusted proxies'

/** Limits the connections of one listener. */
export interface ConnectionLimit {
  /** Counts the connections of this server from now on. */
  watch(server: Server): void
  /** Is told of each request, with the rate-limit key of its caller. */
  noteRequest(request: IncomingMessage, response: ServerResponse, key: string): void
  /** Closes a connection that sent too many requests at once; its address may open few for a while. */
  closeOffender(socket: Socket): void
}

export interface ConnectionRules {
  /** Connections at once. */
  readonly max: number
  readonly remotes: Remotes
  readonly offenders?: Offenders | undefined
  /** Is told of the address that loses a connection; again only after many are closed. */
  crowded(key: string): void
}

/**
 * Limits connections to `max`. When an address opens one beyond its share (`mayTake`), the server closes the
 * oldest connection of an address that has more, else the oldest of the same address. So a stranger with
 * thousands of connections neither closes those of others nor keeps others out. A connection of a trusted
 * proxy counts for the caller whose request it carries; between requests it counts for no address.
 */
export function limitConnections(rules: ConnectionRules): ConnectionLimit {
  const { max, remotes, offenders, crowded } = rules
  const keys = new Map<Socket, string>()
  /** The same connections, oldest first. */
  const byKey = new Map<string, Set<Socket>>()
  /** Those of trusted proxies, by their far end. */
  const proxied = new Map<string, Socket>()
  let isCrowded = false

  function add(socket: Socket, key: string): void {
    keys.set(socket, key)
    byKey.set(key, (byKey.get(key) ?? new Set()).add(socket))
  }

  /** Also called before the socket reports its end, so that a closing connection does not count. */
  function remove(socket: Socket): void {
    const key = keys.get(socket) ?? ''
    keys.delete(socket)
    const sockets = byKey.get(key)
    sockets?.delete(socket)
    if (sockets?.size === 0) byKey.delete(key)
    if (keys.size < max / 4) isCrowded = false
  }

  // One function for all, because held connections are many.
  function whenClosed(this: Socket): void {
    remove(this)
    if (proxied.size > 0 && proxied.get(farEnd(this)) === this) proxied.delete(farEnd(this))
  }

  /** Closes one connection, if the newest one of this address is one too many. */
  function keepShares(key: string): void {
    const places = byKey.get(key)?.size ?? 0
    const isFull = keys.size > max
    const isWithin = key === IDLE_PROXIES ? !isFull : mayTake(places - 1, keys.size - places, max)
    if (isWithin) return
    const giving = whoGivesWay(placesOf(byKey, isFull), places - 1) ?? key
    const [oldest] = byKey.get(giving) ?? []
    if (oldest === undefined) return
    remove(oldest)
    oldest.destroy()
    if (!isCrowded) crowded(giving)
    isCrowded = true
  }

  /** Counts a connection for another address, unless it is closed. */
  function count(socket: Socket, key: string): void {
    if (!keys.has(socket)) return
    remove(socket)
    add(socket, key)
  }

  function take(socket: Socket): void {
    const isProxy = remotes.isProxy({ socket })
    if (isProxy) proxied.set(farEnd(socket), socket)
    const key = isProxy ? IDLE_PROXIES : remotes.of({ socket }).key
    if (!isProxy && offenders?.mayConnect(key) === false) {
      socket.destroy()
      return
    }
    add(socket, key)
    socket.on('close', whenClosed)
    keepShares(key)
  }

  return {
    watch: (server) => server.on('connection', take),
    noteRequest(request, response, key) {
      // With TLS, the request has another socket than the connection, with the same far end.
      const socket = proxied.size === 0 ? undefined : proxied.get(farEnd(request.socket))
      if (socket === undefined) return
      count(socket, key)
      response.once('close', () => count(socket, IDLE_PROXIES))
      keepShares(key)
    },
    closeOffender(socket) {
      // A trusted proxy calls for many.
      if (!remotes.isProxy({ socket })) offenders?.add(remotes.of({ socket }).key)
      socket.destroy()
    },
  }
}

/** How many connections each address has. Idle ones of proxies make room only for a full listener. */
function* placesOf(
  byKey: ReadonlyMap<string, ReadonlySet<Socket>>,
  isFull: boolean,
): Generator<readonly [string, number]> {
  for (const [key, { size }] of byKey) if (isFull || key !== IDLE_PROXIES) yield [key, size]
}

/** Node keeps the address of a socket after its end, once it was read. */
function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

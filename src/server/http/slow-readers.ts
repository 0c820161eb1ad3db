import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'

/** More unread bytes than a working client leaves for half a second. */
const MAX_UNREAD_BYTES = 32 * 1024

/**
 * Follows the connections of a listener.
 *
 * @param event - with which the listener reports one
 * @returns closes the connections whose client reads too slowly; to be called again and again while memory is
 * short. A client that has much unread for the first time is given until the next call.
 */
export function slowReaders(server: EventEmitter, event: string): () => void {
  const open = new Set<Socket>()
  let slow = new WeakSet<Socket>()
  // One function for all, because held connections are many.
  function whenClosed(this: Socket): void {
    open.delete(this)
  }
  server.on(event, (socket: Socket) => {
    open.add(socket)
    socket.on('close', whenClosed)
  })
  return () => {
    const before = slow
    slow = new WeakSet()
    for (const socket of open) {
      if (socket.writableLength <= MAX_UNREAD_BYTES) continue
      if (before.has(socket)) socket.destroy()
      else slow.add(socket)
    }
  }
}

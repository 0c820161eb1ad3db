import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of one connection that may wait; programs send at most a few before they have an answer. */
const MAX_WAITING_EACH = 64
/** Requests that may wait on all connections of a listener. Each takes some 6 kB. */
const MAX_WAITING = 1_024

export type AnswerRequest = (request: IncomingMessage, response: ServerResponse) => void

/** The requests of one connection. */
interface Line {
  latest: ServerResponse
  waiting: number
}

/**
 * Answers the requests of one connection one after the other. A client that sends many at once and hangs up
 * costs one answer, not all of them.
 *
 * @param tooMany - called with the socket of a connection with too many that wait, to close it
 */
export function oneAtATime(
  answer: AnswerRequest,
  tooMany: (socket: Socket) => void,
): AnswerRequest {
  const lines = new WeakMap<Socket, Line>()
  let allWaiting = 0

  /** The connection closes: what waits on it is never answered. */
  function drop(this: Socket): void {
    const line = lines.get(this)
    allWaiting -= line?.waiting ?? 0
    lines.delete(this)
  }

  function wait(line: Line, socket: Socket, answerNow: () => void): void {
    if (line.waiting === 0) socket.once('close', drop)
    line.waiting += 1
    allWaiting += 1
    line.latest.once('close', () => {
      if (socket.destroyed) return
      line.waiting -= 1
      allWaiting -= 1
      if (line.waiting === 0) socket.off('close', drop)
      answerNow()
    })
  }

  return (request, response) => {
    const { socket } = request
    // The rest of the packet that was too much.
    if (socket.destroyed) return
    const line = lines.get(socket)
    if (line === undefined || line.latest.closed) {
      if (line === undefined) lines.set(socket, { latest: response, waiting: 0 })
      else line.latest = response
      answer(request, response)
    } else if (line.waiting >= MAX_WAITING_EACH || allWaiting >= MAX_WAITING) {
      tooMany(socket)
    } else {
      wait(line, socket, () => answer(request, response))
      line.latest = response
    }
  }
}

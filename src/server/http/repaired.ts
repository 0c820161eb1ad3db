import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RepairedRequest } from '../../protocol/transport/v3/corrupted-request.ts'
import { nodeHttp } from '../core/node-modules.ts'

/** What node's parser reports of a request that it refused. */
export interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
}

/** The request behind a complaint of the parser, if `repair` can read it. */
export function repairedRequest(
  { rawPacket }: ClientError,
  socket: Socket,
  repair: ((packet: string) => RepairedRequest | undefined) | undefined,
): RepairedRequest | undefined {
  if (rawPacket === undefined || !socket.writable) return undefined
  return socket.bytesRead === rawPacket.length ? repair?.(rawPacket.toString('latin1')) : undefined
}

/** Answers a repaired request like any other, as the last one of its connection. */
export function answerLast(
  { url, headers }: RepairedRequest,
  socket: Socket,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  hangUpMs: number,
): void {
  const { IncomingMessage, ServerResponse } = nodeHttp()
  const request = new IncomingMessage(socket)
  const rawHeaders = Object.entries(headers).flat()
  Object.assign(request, {
    method: 'GET',
    url,
    httpVersion: '1.1',
    headers,
    rawHeaders,
    complete: true,
  })
  request.push(null)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => {
    response.detachSocket(socket)
    socket.end()
  })
  destroyLater(socket, hangUpMs)
  answer(request, response)
}

/** Ends the connection of a client that does not close it, or is gone. */
export function destroyLater(socket: Socket, hangUpMs: number): void {
  const timer = setTimeout(() => socket.destroy(), hangUpMs)
  socket.once('close', () => clearTimeout(timer))
}

import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { DeviceRequest } from '../signals/effects.ts'
import { type ResponsePart, ResponseReader } from './response-reader.ts'

/** Closes the connection of a request; nothing more is reported. */
export type Abort = () => void

/**
 * Sends one request and reports what comes back: headers, chunks, then `ended` or `failed` once.
 * A connection for each request, as on the real device: a held subscribe must not block a put.
 */
export function exchange(request: DeviceRequest, report: (part: ResponsePart) => void): Abort {
  const url = new URL(request.url)
  const reader = new ResponseReader()
  let open = true
  const socket = openSocket(url)
  const finish = (): void => {
    open = false
    socket.destroy()
  }
  const deliver = (parts: readonly ResponsePart[]): void => {
    for (const part of parts) {
      if (!open) return
      if (part.type === 'ended' || part.type === 'failed') finish()
      report(part)
    }
  }
  socket.setNoDelay(true)
  socket.on('data', (bytes) => deliver(reader.feed(bytes)))
  socket.on('error', (error) => deliver([{ type: 'failed', reason: reasonOf(error) }]))
  socket.on('close', () => deliver(reader.close()))
  socket.write(requestBytes(request, url))
  return finish
}

function openSocket(url: URL): Socket {
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  if (!secure) return connectTcp({ host, port })
  return connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
}

function requestBytes(request: DeviceRequest, url: URL): Buffer {
  const body = Buffer.from(request.body ?? '', 'utf8')
  const length = request.body === undefined ? {} : { 'Content-Length': String(body.length) }
  const headers = { Host: url.host, ...request.headers, ...length }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  // Not the parsed URL, which would encode the raw blank of a corrupted key (V9).
  const target = request.url.replace(/^https?:\/\/[^/?#]+/, '') || '/'
  const start = `${request.method} ${target} HTTP/1.1`
  return Buffer.concat([Buffer.from(`${[start, ...lines].join('\r\n')}\r\n\r\n`), body])
}

/** What socket errors mean, in plain words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name is unknown',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'the host cannot be reached',
}

function reasonOf(error: Error & { code?: string }): string {
  return REASONS[error.code ?? ''] ?? error.message
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { STRICT_HEADERS } from './strict-headers.ts'

export interface Reply {
  readonly status: number
  /** Sent as JSON; undefined for an answer without a body. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Returned by a handler that writes the answer itself: a held connection, a stream. */
export const TAKEN: unique symbol = Symbol('taken')
export type Taken = typeof TAKEN

export interface Request {
  readonly method: string
  /** Path without query, as it was sent, without trailing slashes. */
  readonly path: string
  readonly query: URLSearchParams
  /** The parameters in the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly raw: IncomingMessage
  readonly remoteAddress: string
  /** Whether the caller has shown a valid token of the control API. */
  readonly byToken: boolean
  /** The body as text; see `readText` for what it throws. */
  text(maxBytes?: number): Promise<string>
  /** The body as JSON; see `readText` and `parseJson` for what it throws. */
  json(): Promise<unknown>
}

export type Handler = (
  request: Request,
  response: ServerResponse,
) => Reply | Taken | Promise<Reply | Taken>

export function ok(body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return headers === undefined ? { status: 200, body } : { status: 200, body, headers }
}

/**
 * The one way to write status line and headers. All at once, because node keeps headers that are set
 * earlier for as long as the connection is held.
 */
export function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
): void {
  response.writeHead(status, { ...STRICT_HEADERS, ...headers })
}

/** Writes a reply, unless the connection is gone or the headers are out already. */
export function send(response: ServerResponse, { status, body, headers }: Reply): void {
  if (response.headersSent || response.destroyed) return
  const text = body === undefined ? undefined : JSON.stringify(body)
  writeHead(response, status, {
    ...(text !== undefined && {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    }),
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(text)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { STRICT_HEADERS } from './strict-headers.ts'

export interface Reply {
  readonly status: number
  /** Sent as JSON; undefined for an answer without a body. */
  readonly body: unknown
  /** The content type of a body that is text or its bytes, and is sent as it is. */
  readonly type?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Returned by a handler that writes the answer itself: a held connection, a stream. */
export const TAKEN: unique symbol = Symbol('taken')
export type Taken = typeof TAKEN

/**
 * With what a caller of the control API shows that it may do more than a stranger: it may open the socket of this
 * machine, so it is nle's own user or root; it is Home Assistant, which has checked its person (ingress); or it has a
 * valid token, or a browser's session of one.
 */
export type Credential = 'socket' | 'ingress' | 'token' | 'session' | 'none'

/** The credentials of a whole listener: whoever can reach it is the owner. */
export function isOwners(credential: Credential): credential is 'socket' | 'ingress' {
  return credential === 'socket' || credential === 'ingress'
}

export interface Request {
  readonly method: string
  /** Path without query, as it was sent, without trailing slashes. */
  readonly path: string
  readonly query: URLSearchParams
  /** The parameters in the path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly raw: IncomingMessage
  /** See `Remote`. */
  readonly remoteAddress: string
  /** What limits per caller count. */
  readonly limitKey: string
  readonly credential: Credential
  /** The body as text; see `readText` for what it throws. */
  text(maxBytes?: number): Promise<string>
  /** The body as JSON; see `readText` and `parseJson` for what it throws. */
  json(): Promise<unknown>
  /** The same; undefined for an empty body. */
  jsonIfAny(): Promise<unknown>
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

/**
 * Writes a reply, unless the connection is gone or the headers are out already.
 *
 * @param hasRoom - asked whether the server has memory for an answer of so many characters
 * @returns false when it has none, and nothing was written
 */
export function send(
  response: ServerResponse,
  { status, body, type, headers }: Reply,
  hasRoom: (length: number) => boolean = () => true,
): boolean {
  if (response.headersSent || response.destroyed) return true
  const text = body === undefined ? undefined : textOf(body, type)
  if (text !== undefined && !hasRoom(text.length)) return false
  writeHead(response, status, {
    ...(text !== undefined && {
      'Content-Type': type ?? 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    }),
    'Cache-Control': 'no-store',
    ...headers,
  })
  response.end(text)
  return true
}

function textOf(body: unknown, type: string | undefined): string | Buffer {
  if (Buffer.isBuffer(body)) return body
  return type === undefined ? JSON.stringify(body) : String(body)
}

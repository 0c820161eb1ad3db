import { Agent, request } from 'node:http'

/** What is known of a request once its connection is through with it. */
export type Answer =
  /** The whole answer came. */
  | { readonly type: 'answered'; readonly status: number; readonly body: Body }
  /** The status came, and the connection broke before the rest: what it promises is promised. */
  | { readonly type: 'promised'; readonly status: number }
  /** Nothing came: it may have been done or not. */
  | { readonly type: 'unknown' }

export type Body = Readonly<Record<string, unknown>>

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Connections of one life of the server, kept alive between requests as clients do. */
export function connections(): Agent {
  return new Agent({ keepAlive: true })
}

/**
 * One request; never rejects.
 *
 * @param written - called once the request has left
 */
export function call(
  agent: Agent,
  { method, url, headers, body }: Call,
  written: () => void = () => {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const lines = { ...headers, 'Content-Length': String(Buffer.byteLength(text)) }
    const sent = request(url, { method, agent, headers: lines }, (response) => {
      const status = response.statusCode ?? 0
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        answer += part
      })
      response.on('end', () => resolve({ type: 'answered', status, body: parsed(answer) }))
      response.on('error', () => resolve({ type: 'promised', status }))
    })
    sent.on('finish', written)
    sent.on('error', () => resolve({ type: 'unknown' }))
    sent.end(text)
  })
}

function parsed(text: string): Body {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? (value as Body) : {}
}

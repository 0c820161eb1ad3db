import { Agent, request } from 'node:http'

/** What is known about a request once its connection has closed or answered. */
export type Answer =
  /** The whole answer came. */
  | { readonly type: 'answered'; readonly status: number; readonly body: Body }
  /** The status arrived and the connection broke before the rest: the promise counts. */
  | { readonly type: 'promised'; readonly status: number }
  /** Nothing arrived: the server may or may not have done it. */
  | { readonly type: 'unknown' }

export type Body = Readonly<Record<string, unknown>>

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The request is given up after this time. */
  readonly timeoutMs?: number | undefined
}

/** Keep-alive connections for one run of the server. */
export function connections(): Agent {
  return new Agent({ keepAlive: true })
}

/**
 * Sends one request; never rejects.
 *
 * @param written - called once the request was sent
 */
export function call(
  agent: Agent,
  { method, url, headers, body, timeoutMs }: Call,
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
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => sent.destroy(), timeoutMs)
    sent.on('close', () => clearTimeout(timer))
    sent.on('finish', written)
    sent.on('error', () => resolve({ type: 'unknown' }))
    sent.end(text)
  })
}

/** Empty for what is no JSON, such as the error page of a balancer. */
function parsed(text: string): Body {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Body) : {}
  } catch {
    return {}
  }
}

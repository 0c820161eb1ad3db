import type { IncomingMessage, ServerResponse } from 'node:http'
import { NleError } from '../../errors.ts'
import type { Reply } from '../http/reply.ts'

const METHODS = 'GET, POST, DELETE'
const REQUEST_HEADERS = 'Content-Type, Last-Event-ID'
/** How long a browser may remember the answer, s. */
const MAX_AGE_S = 600

/**
 * Which web pages may use the control API: those it serves itself and those of configured origins.
 * Any other page can neither read an answer nor change anything, not even by a request that browsers
 * send without asking first. Who names no origin is no web page.
 *
 * @param origins - as browsers write them: `http://192.168.1.5:8123`
 */
export function corsGuard(origins: readonly string[]) {
  return (request: IncomingMessage, response: ServerResponse): Reply | undefined => {
    const { method = 'GET', headers } = request
    response.setHeader('Vary', 'Origin')
    if (headers.origin === undefined) return undefined
    const asksFirst = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    if (!isOwn(headers.origin, headers.host) && !origins.includes(headers.origin)) {
      if (!asksFirst && (method === 'GET' || method === 'HEAD')) return undefined
      throw new NleError(
        'forbidden',
        `Web pages of ${headers.origin.slice(0, 128)} may not use this server. Add that origin to CORS_ORIGINS (--cors-origins) to allow it.`,
      )
    }
    response.setHeader('Access-Control-Allow-Origin', headers.origin)
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After')
    if (!asksFirst) return undefined
    return {
      status: 204,
      body: undefined,
      headers: {
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(MAX_AGE_S),
      },
    }
  }
}

/** The scheme is left out: a proxy in front may speak TLS for us. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

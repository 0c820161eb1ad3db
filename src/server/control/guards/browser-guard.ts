import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { NleError } from '../../../errors.ts'
import type { HostCheck } from '../../http/allowed-hosts.ts'
import type { Reply } from '../../http/reply.ts'
import { fetchSite, isBrowser, isJsonType, isNavigation, mayChange } from '../../http/web-page.ts'

const METHODS = 'GET, POST, PUT, DELETE'
const REQUEST_HEADERS = 'Authorization, Content-Type, Last-Event-ID, X-API-Key'
/** How long a browser may remember the answer, s. */
const MAX_AGE_S = 600

/** Which pages are a listener's own, and what to do when one of them is not taken for it. */
export interface OwnPages {
  isOwn(origin: string, headers: IncomingHttpHeaders): boolean
  readonly mend: string
}

const ITS_ORIGIN: OwnPages = {
  isOwn: (origin, { host }) => host !== undefined && isOriginOf(host, origin),
  mend: 'Add that origin to CORS_ORIGINS (--cors-origins) to allow it.',
}

/**
 * Which web pages may use the control API: those of its own origin and those of configured origins.
 * Any other page can neither read an answer nor change anything, neither by a request that browsers
 * send without preflight nor under a domain name that its owner points here (DNS rebinding). A request
 * without any sign of a browser is from a plain client, and is let through.
 *
 * @param origins - as browsers write them: `http://192.168.1.5:8123`
 */
export function browserGuard(
  origins: readonly string[],
  isOurHost: HostCheck,
  { isOwn, mend }: OwnPages = ITS_ORIGIN,
) {
  return (request: IncomingMessage, response: ServerResponse): Reply | undefined => {
    const { method = 'GET', headers } = request
    response.setHeader('Vary', 'Origin')
    if (!isOurHost(headers.host)) {
      throw new NleError(
        'forbidden',
        `This server is not known as ${shortened(headers.host ?? '')}. Use its IP address, or add that name to ALLOWED_HOSTS (--allowed-hosts).`,
      )
    }
    const { origin } = headers
    if (origin !== undefined && !isOwn(origin, headers) && !origins.includes(origin)) {
      throw new NleError(
        'forbidden',
        `Web pages of ${shortened(origin)} may not use this server. ${mend}`,
      )
    }
    const site = fetchSite(headers)
    const isForeign = site === 'cross-site' || site === 'same-site'
    if (origin === undefined && isForeign && !isNavigation(request)) {
      throw new NleError('forbidden', 'Web pages of other origins may not use this server.')
    }
    if (isBrowser(headers) && mayChange(method) && !isJson(headers)) {
      throw new NleError(
        'unsupported_type',
        'The body has to be announced as JSON: Content-Type: application/json.',
      )
    }
    if (origin === undefined) return undefined
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After')
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
      return undefined
    }
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

/** Whether an origin is that of a host. Schemes are not compared: a proxy in front may speak TLS for us. */
export function isOriginOf(host: string, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

/** Whether the body, if there is one, is of a type that pages can send only after a preflight. */
function isJson(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type']
  if (type !== undefined) return isJsonType(type)
  return headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)
}

/** A client's text, cut short enough to be sent back. */
function shortened(text: string): string {
  return text.slice(0, 128)
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * The origin of a request as a browser names it in `Sec-Fetch-Site`: no page can set or remove it;
 * browsers leave it out on plain HTTP.
 */
export function fetchSite(headers: IncomingHttpHeaders) {
  const site = headers['sec-fetch-site']
  return site === 'same-origin' || site === 'same-site' || site === 'cross-site' || site === 'none'
    ? site
    : undefined
}

/** Whether a person followed a link or typed the address, instead of a page fetching it. */
export function isNavigation({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

/**
 * Whether a browser sent the request: every browser calls itself Mozilla, and pages cannot change that;
 * curl, Home Assistant and Homebridge do not. `Sec-Fetch-Mode` proves nothing: Node's fetch sends it.
 */
export function isBrowser(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin !== undefined ||
    headers['sec-fetch-site'] !== undefined ||
    /^mozilla\//i.test(headers['user-agent'] ?? '')
  )
}

/** Whether the content type is JSON, which no form can send. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(contentType?.trim() ?? '')
}

/** Whether a request of this method may change something. */
export function mayChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

import type { IncomingHttpHeaders } from 'node:http'

/** Where a browser says that a request comes from; undefined when it is no browser, or does not say. */
export type FetchSite = 'same-origin' | 'same-site' | 'cross-site' | 'none'

/** `Sec-Fetch-Site`: no page can set or remove it; plain HTTP outside of localhost goes without. */
export function fetchSite(headers: IncomingHttpHeaders): FetchSite | undefined {
  const site = headers['sec-fetch-site']
  return site === 'same-origin' || site === 'same-site' || site === 'cross-site' || site === 'none'
    ? site
    : undefined
}

/** Whether somebody followed a link or typed the address, instead of a page fetching it. */
export function isNavigation({
  method,
  headers,
}: {
  readonly method?: string | undefined
  readonly headers: IncomingHttpHeaders
}): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

/**
 * Whether a browser sent it, as far as it shows: every browser calls itself Mozilla, and pages cannot
 * make it call itself otherwise. curl, Home Assistant and Homebridge do not. (`Sec-Fetch-Mode` says
 * nothing: Node's own fetch sends it.)
 */
export function isBrowser(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin !== undefined ||
    headers['sec-fetch-site'] !== undefined ||
    /^mozilla\//i.test(headers['user-agent'] ?? '')
  )
}

/** Whether the body is announced as JSON, which no form can do. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(contentType?.trim() ?? '')
}

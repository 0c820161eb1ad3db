import type { IncomingMessage } from 'node:http'
import { NleError } from '../../../errors.ts'
import { schemeOf } from '../../http/forwarded.ts'

/**
 * Whether a page of exactly this server sent a request: scheme, host and port of its origin are those under
 * which the server was reached. Cookies know no ports, so another server of the same machine, or a page that
 * `CORS_ORIGINS` names, would otherwise change things by the session of this one.
 */
export function isOwnPage(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  const own = `${schemeOf(request)}://${host}`
  return origin !== undefined && URL.canParse(own) && origin === new URL(own).origin
}

/** @throws NleError `forbidden` */
export function refuseForeignPage(request: IncomingMessage): void {
  if (isOwnPage(request)) return
  const { origin, host = '' } = request.headers
  throw new NleError(
    'forbidden',
    origin === `https://${host}`
      ? 'The proxy in front of this server has to send X-Forwarded-Proto: https, so that the server can tell its own page from others.'
      : 'Only the web page of this server may use the session of its cookie. Other programs need a token.',
  )
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { NleError } from '../../../errors.ts'
import type { Reply } from '../../http/reply.ts'
import { fetchSite } from '../../http/web-page.ts'
import { browserGuard, isOriginOf, type OwnPages } from './browser-guard.ts'

/**
 * The page within Home Assistant has Home Assistant's origin, so its `Host` is whatever people call that: no name
 * is refused. A proxy in front of it may change `Host`, and then says what it was.
 */
const HOME_ASSISTANTS: OwnPages = {
  isOwn: (origin, headers) =>
    fetchSite(headers) === 'same-origin' ||
    [headers.host, headers['x-forwarded-host']]
      .flat()
      .flatMap((hosts) => hosts?.split(',') ?? [])
      .some((host) => isOriginOf(host.trim(), origin)),
  mend: 'Only the page within Home Assistant may. If this is it, let the proxy in front of Home Assistant leave Host as it is.',
}

/** The guard of the ingress listener: only what a person sends through Home Assistant, from a page of it. */
export function ingressGuard(): (
  request: IncomingMessage,
  response: ServerResponse,
) => Reply | undefined {
  const guard = browserGuard([], () => true, HOME_ASSISTANTS)
  return (request, response) => {
    if (!request.headers['x-ingress-path']) {
      throw new NleError('forbidden', 'This is only for the page within Home Assistant.')
    }
    return guard(request, response)
  }
}

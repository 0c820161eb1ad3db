import { NleError } from '../../errors.ts'
import type { Handler, Request } from '../http/reply.ts'
import type { Route } from '../http/router.ts'
import { fetchSite, isBrowser } from '../http/web-page.ts'
import { type DeviceHandler, namedCaller, serialInPath } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * The callers that a route serves. `everybody`: a thermostat finds its server with any password (`E1`), a person
 * looks at it in a browser, an installer's page reads it; no answer is a secret. `code`: thermostats; which
 * of them gets its code is a rule of pairing (`P6`). `thermostats`: those with the right password, where
 * one is pinned (`I4`).
 */
export type Serves = 'everybody' | 'code' | 'thermostats'

export interface DeviceRoute extends Omit<Route, 'handler'> {
  readonly serves: Serves
  /** Whether the parameter `serial` of the path names the caller when no header does. */
  readonly pathNamesCaller?: true
  readonly handler: DeviceHandler
}

type GuardServices = Pick<DeviceServices, 'isOurHost' | 'origins' | 'passwords'>

/**
 * Checks each request of the device listener once it is routed. The caller is found here and nowhere else,
 * so that guard and handler see the same one.
 *
 * Web pages are served on the routes for everybody alone, and never as a thermostat: a page can send a serial in
 * the path, in the query, or as a user in an image's URL, from a name that its owner points here (`I1`).
 *
 * @returns gives the same routes, each of which checks its caller
 */
export function deviceGuard(services: GuardServices): (routes: readonly DeviceRoute[]) => Route[] {
  return (routes) =>
    routes.map(({ method, pattern, ...route }) => ({
      method,
      pattern,
      handler: guarded(route, services),
    }))
}

function guarded(
  { serves, pathNamesCaller, handler }: Omit<DeviceRoute, 'method' | 'pattern'>,
  services: GuardServices,
): Handler {
  return async (request, response) => {
    const isPage = isBrowser(request.raw.headers)
    const isOurs = services.isOurHost(request.raw.headers.host)
    if (serves === 'everybody') {
      if (isSentByPage(request)) throw onlyThermostats()
      return handler(
        { ...request, caller: isPage || !isOurs ? undefined : namedCaller(request) },
        response,
      )
    }
    if (isPage) throw onlyThermostats()
    if (!isOurs) throw unknownName(request, services)
    const caller = namedCaller(request, pathNamesCaller ? serialInPath(request) : undefined)
    if (serves === 'thermostats' && caller !== undefined) await services.passwords.admit(caller)
    return handler({ ...request, caller }, response)
  }
}

/** Whether a page sends something, instead of reading. */
function isSentByPage({ method, raw: { headers } }: Request): boolean {
  const site = fetchSite(headers)
  const isPage = headers.origin !== undefined || (site !== undefined && site !== 'none')
  return isPage && method !== 'GET' && method !== 'HEAD'
}

function onlyThermostats(): NleError {
  return new NleError('forbidden', 'Only thermostats are served here, not web pages.')
}

/** Asking for the origin logs the name, once, with the setting to use. */
function unknownName({ raw }: Request, { origins }: GuardServices): NleError {
  const url = origins.of(raw)
  return new NleError(
    'forbidden',
    `This server is not known by the name in this request. Thermostats find it at ${url}/entry; if the name is right, add it to ALLOWED_HOSTS (--allowed-hosts).`,
  )
}

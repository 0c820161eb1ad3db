import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../../../api/endpoints.ts'
import { NleError } from '../../../errors.ts'
import { hostIn, isLoopbackHost, networkOf } from '../../../protocol/lan/addresses.ts'
import { type GuessLimit, retryAfterS, wrongGuess } from '../../../protocol/pairing/guess-limit.ts'
import type { TokenScope } from '../../../store/store.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import { isForwarded } from '../../http/forwarded.ts'
import type { Request } from '../../http/reply.ts'
import type { Route } from '../../http/router.ts'
import { allows, findToken, isExpired } from './tokens.ts'

/** Wrong tokens are counted for at most this many networks. */
const MAX_NETWORKS = 4096

/** A route, and the scope that a token needs for it. */
export interface ScopedRoute extends Route {
  readonly scope: Scope
}

/**
 * Asks for a token on every route that is not open, once there is one or the operator wants it.
 *
 * @param required - ask even while the server has none on file
 * @param loopbackIsFree - programs on this machine need none
 * @returns gives the same routes, each of which asks its caller for a token of its scope
 */
export function tokenGuard(
  { store, clock, log }: Pick<Core, 'store' | 'clock' | 'log'>,
  { required, loopbackIsFree }: { readonly required: boolean; readonly loopbackIsFree: boolean },
): (routes: readonly ScopedRoute[]) => Route[] {
  const wrong = new Map<string, GuessLimit>()

  /**
   * Returns whether the caller has shown a token; false for one that needs none.
   *
   * @throws NleError `unauthorized`, `forbidden`, or `rate_limited` for a caller that guesses
   */
  async function admit({ raw, remoteAddress }: Request, needed: TokenScope): Promise<boolean> {
    const tokens = await store.tokens()
    const presented = presentedToken(raw.headers)
    const token = presented === undefined ? undefined : findToken(tokens, presented)
    const isGood = token !== undefined && !isExpired(token, clock.now().wallMs)
    if (tokens.length === 0 && !required) return false
    if (loopbackIsFree && isHere(remoteAddress, raw.headers)) return isGood
    if (presented === undefined) throw unauthorized('A token is needed.')
    if (token === undefined) throw refusedGuess(remoteAddress)
    if (!isGood) throw unauthorized('This token has expired.')
    if (!allows(token, needed)) {
      throw new NleError(
        'forbidden',
        `This token may ${token.scope === 'read' ? 'only read' : 'not administer'}; "${needed}" is needed.`,
      )
    }
    return true
  }

  function refusedGuess(address: string): NleError {
    const { steadyMs } = clock.now()
    const network = networkOf(address)
    const limit = wrong.get(network)
    const waitS = retryAfterS(limit, steadyMs)
    if (waitS > 0) {
      return new NleError('rate_limited', `Too many wrong tokens. Try again in ${waitS} seconds.`, {
        details: { retryAfterS: waitS },
      })
    }
    remember(wrong, network, wrongGuess(limit, steadyMs), MAX_NETWORKS)
    log.warn('wrong token', { address })
    return unauthorized('This token is not known here.')
  }

  return (routes) =>
    routes.map((route) => {
      const { scope, handler } = route
      if (scope === 'open') return route
      return {
        ...route,
        handler: async (request, response) => {
          const byToken = await admit(request, scope)
          return handler(byToken ? { ...request, byToken } : request, response)
        },
      }
    })
}

/**
 * Whether a program on this machine asks. A request that a proxy here forwards does not count, nor one
 * of a web page that reaches this machine under another name.
 */
export function isHere(address: string, headers: IncomingHttpHeaders): boolean {
  const named = hostIn(headers.host ?? 'localhost')
  return isLoopbackHost(address) && isLoopbackHost(named) && !isForwarded(headers)
}

/** `Authorization: Bearer …`, or `X-API-Key`. */
function presentedToken(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
  const key = headers['x-api-key']
  return bearer ?? (typeof key === 'string' && key !== '' ? key.trim() : undefined)
}

function unauthorized(why: string): NleError {
  return new NleError(
    'unauthorized',
    `${why} Send one as "Authorization: Bearer …" (NLE_TOKEN for the command line); "nle token create" on the server makes one.`,
    { details: { authenticate: 'Bearer realm="nle"' } },
  )
}

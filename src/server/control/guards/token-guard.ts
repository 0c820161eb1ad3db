import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../../../api/endpoint.ts'
import { NleError } from '../../../errors.ts'
import { hostIn, isLoopbackHost } from '../../../protocol/lan/addresses.ts'
import { type GuessLimit, retryAfterS, wrongGuess } from '../../../protocol/pairing/guess-limit.ts'
import type { TokenScope } from '../../../store/store.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import { isForwarded } from '../../http/forwarded.ts'
import type { Credential, Request } from '../../http/reply.ts'
import type { Route } from '../../http/router.ts'
import type { InnerTokens } from './inner-tokens.ts'
import { allows, findToken, isExpired } from './tokens.ts'

/** Wrong tokens are counted for at most this many callers. */
const MAX_CALLERS = 4096

/** A route, its scope, and for routes of the owner alone what the owner types instead. */
export interface ScopedRoute extends Route {
  readonly scope: Scope
  readonly ownerCommand?: string | undefined
}

/**
 * Identifies the caller of each route that is not open, and refuses a caller without the right. An address is
 * no credential. Except on the socket of this machine, a caller has to show a token once there is one on file,
 * or when the operator requires it; on the owner's routes always.
 *
 * @param required - ask even while the server has no token on file
 * @param loopbackIsFree - the operator lets programs on this machine in without one
 * @param inner - tokens of nle's own processes, which are on no file and do not make the server ask for tokens
 * @returns gives the same routes, each of which asks its caller for a token of its scope
 */
export function tokenGuard(
  { store, clock, log }: Pick<Core, 'store' | 'clock' | 'log'>,
  {
    required,
    loopbackIsFree,
    inner,
  }: {
    readonly required: boolean
    readonly loopbackIsFree: boolean
    readonly inner: InnerTokens
  },
): (routes: readonly ScopedRoute[]) => Route[] {
  const wrong = new Map<string, GuessLimit>()

  /** @throws NleError `unauthorized`, `forbidden`, or `rate_limited` for a caller that guesses */
  async function identify(
    { credential, raw, remoteAddress, limitKey }: Request,
    { scope, ownerCommand }: ScopedRoute,
    needed: TokenScope,
  ): Promise<Credential> {
    const presented = presentedToken(raw.headers)
    const own = presented === undefined ? undefined : inner.find(presented)
    // A process of nle may no more on the socket than elsewhere.
    if (credential === 'socket' && own === undefined) return credential
    const tokens = await store.tokens()
    const token = own ?? (presented === undefined ? undefined : findToken(tokens, presented))
    const isGood = token !== undefined && !isExpired(token, clock.now().wallMs)
    const isFree =
      (tokens.length === 0 && !required) || (loopbackIsFree && isHere(remoteAddress, raw.headers))
    if (isFree && scope !== 'owner') return isGood ? 'token' : 'none'
    if (presented === undefined) {
      throw scope === 'owner' ? onlyForOwner(ownerCommand) : unauthorized('A token is needed.')
    }
    if (token === undefined) throw refusedGuess(remoteAddress, limitKey)
    if (!isGood) throw unauthorized('This token has expired.')
    if (!allows(token, needed)) {
      throw new NleError(
        'forbidden',
        `This token may ${token.scope === 'read' ? 'only read' : 'not administer'}; "${needed}" is needed.`,
      )
    }
    return 'token'
  }

  function refusedGuess(address: string, key: string): NleError {
    const { steadyMs } = clock.now()
    const limit = wrong.get(key)
    const waitS = retryAfterS(limit, steadyMs)
    if (waitS > 0) {
      return new NleError('rate_limited', `Too many wrong tokens. Try again in ${waitS} seconds.`, {
        details: { retryAfterS: waitS },
      })
    }
    remember(wrong, key, wrongGuess(limit, steadyMs), MAX_CALLERS)
    log.warn('wrong token', { address })
    return unauthorized('This token is not known here.')
  }

  return (routes) =>
    routes.map((route) => {
      const { scope, handler } = route
      if (scope === 'open') return route
      const needed = scope === 'owner' ? 'admin' : scope
      return {
        ...route,
        handler: async (request, response) => {
          const credential = await identify(request, route, needed)
          return handler({ ...request, credential }, response)
        },
      }
    })
}

/**
 * Whether a program on this machine asks. A request that a proxy here forwards does not count, nor one
 * of a web page that reaches this machine under another name.
 */
function isHere(address: string, headers: IncomingHttpHeaders): boolean {
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
  return tokenNeeded(`${why} Send one ${AS_HEADER}; "nle token create" on the server makes one.`)
}

/** Also says what to type where no token is needed. */
function onlyForOwner(ownerCommand: string | undefined): NleError {
  return tokenNeeded(
    `Only the owner may do this. Type "${ownerCommand}" on the machine of the server (with sudo for the system service), or send an admin token ${AS_HEADER}; "nle token create --scope admin" there makes one.`,
  )
}

const AS_HEADER = 'as "Authorization: Bearer …" (NLE_TOKEN for the command line)'

function tokenNeeded(message: string): NleError {
  return new NleError('unauthorized', message, {
    details: { authenticate: 'Bearer realm="nle"' },
  })
}

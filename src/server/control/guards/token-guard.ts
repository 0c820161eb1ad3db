import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../../../api/endpoints.ts'
import { NleError } from '../../../errors.ts'
import { hostIn, isLoopbackHost, networkOf } from '../../../protocol/lan/addresses.ts'
import { type GuessLimit, retryAfterS, wrongGuess } from '../../../protocol/pairing/guess-limit.ts'
import type { TokenScope } from '../../../store/store.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import type { Request } from '../../http/reply.ts'
import type { Route } from '../../http/router.ts'
import { allows, findToken, isExpired } from './tokens.ts'

/** Wrong tokens are counted for at most this many networks. */
const MAX_NETWORKS = 4096

/** A route, and the scope that a token needs for it. */
export interface ScopedRoute extends Route {
  readonly scope: Scope
}

export interface TokenRules {
  /** Ask for a token even while the server has none on file. */
  readonly required: boolean
  /** Programs on this machine need no token. */
  readonly loopbackIsFree: boolean
}

/** Asks for a token on every route that is not open, once there is one or the operator wants it. */
export class TokenGuard {
  readonly #core: Pick<Core, 'store' | 'clock' | 'log'>
  readonly #rules: TokenRules
  readonly #wrong = new Map<string, GuessLimit>()

  constructor(core: Pick<Core, 'store' | 'clock' | 'log'>, rules: TokenRules) {
    this.#core = core
    this.#rules = rules
  }

  /** The same routes, each of which asks its caller for a token of its scope. */
  guarded(routes: readonly ScopedRoute[]): Route[] {
    return routes.map((route) => {
      const { scope, handler } = route
      if (scope === 'open') return route
      return {
        ...route,
        handler: async (request, response) => {
          await this.#admit(request, scope)
          return handler(request, response)
        },
      }
    })
  }

  /** @throws NleError `unauthorized`, `forbidden`, or `rate_limited` for a caller that guesses */
  async #admit({ raw, remoteAddress }: Request, needed: TokenScope): Promise<void> {
    const { store, clock } = this.#core
    const tokens = await store.tokens()
    if (tokens.length === 0 && !this.#rules.required) return
    if (this.#rules.loopbackIsFree && isHere(remoteAddress, raw.headers)) return
    const presented = presentedToken(raw.headers)
    if (presented === undefined) throw unauthorized('A token is needed.')
    const token = findToken(tokens, presented)
    if (token === undefined) throw this.#refuseGuess(remoteAddress)
    if (isExpired(token, clock.now().wallMs)) throw unauthorized('This token has expired.')
    if (!allows(token, needed)) {
      throw new NleError(
        'forbidden',
        `This token may ${token.scope === 'read' ? 'only read' : 'not administer'}; "${needed}" is needed.`,
      )
    }
  }

  #refuseGuess(address: string): NleError {
    const { clock, log } = this.#core
    const { steadyMs } = clock.now()
    const network = networkOf(address)
    const limit = this.#wrong.get(network)
    const waitS = retryAfterS(limit, steadyMs)
    if (waitS > 0) {
      return new NleError('rate_limited', `Too many wrong tokens. Try again in ${waitS} seconds.`, {
        details: { retryAfterS: waitS },
      })
    }
    remember(this.#wrong, network, wrongGuess(limit, steadyMs), MAX_NETWORKS)
    log.warn('wrong token', { address })
    return unauthorized('This token is not known here.')
  }
}

/**
 * Whether a program on this machine asks. A request that a proxy here forwards does not count, nor one
 * of a web page that reaches this machine under another name.
 */
function isHere(address: string, headers: IncomingHttpHeaders): boolean {
  const isPassedOn =
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || name === 'x-real-ip')
  const named = hostIn(headers.host ?? 'localhost')
  return isLoopbackHost(address) && isLoopbackHost(named) && !isPassedOn
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

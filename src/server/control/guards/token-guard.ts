import type { IncomingHttpHeaders } from 'node:http'
import type { Scope } from '../../../api/endpoint.ts'
import type { Answer } from '../../../api/endpoints.ts'
import { NleError } from '../../../errors.ts'
import { hostIn, isLoopbackHost } from '../../../protocol/lan/addresses.ts'
import { type GuessLimit, retryAfterS, wrongGuess } from '../../../protocol/pairing/guess-limit.ts'
import type { Token, TokenScope } from '../../../store/store.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import { isForwarded } from '../../http/forwarded.ts'
import { type Credential, isOwners, type Request } from '../../http/reply.ts'
import type { Route } from '../../http/router.ts'
import { mayChange } from '../../http/web-page.ts'
import { personIn } from './ingress-person.ts'
import type { InnerTokens } from './inner-tokens.ts'
import { isOwnPage, refuseForeignPage } from './own-page.ts'
import type { Sessions } from './sessions.ts'
import type { TokenUses } from './token-uses.ts'
import { allows, findToken, isExpired } from './tokens.ts'

/** Wrong tokens are counted for at most this many callers. */
const MAX_CALLERS = 4096

/** A route, its scope, and for routes of the owner alone what the owner types instead. */
export interface ScopedRoute extends Route {
  readonly scope: Scope
  readonly ownerCommand?: string | undefined
}

/** What a request shows: a good token, by itself or by a session; or why what it shows does not count. */
type Shown =
  | { readonly by: 'token' | 'session'; readonly token: Token }
  | { readonly by: 'nothing' | 'unknown token' | 'expired token' }

export interface TokenRules {
  /** Ask even while the server has no token on file. */
  readonly required: boolean
  /** The operator lets programs on this machine in without a token. */
  readonly loopbackIsFree: boolean
  /** Is told of each use of a token. */
  readonly uses: TokenUses
  /** Tokens of nle's own processes, which are on no file and do not make the server ask for tokens. */
  readonly inner: InnerTokens
}

/**
 * Identifies the caller of each route that is not open, and refuses a caller without the right. An address is
 * no credential. Except on the socket of this machine and within Home Assistant, a caller has to show a token, or a browser the session
 * that it got for one, once there is one on file, or when the operator requires it; on the owner's routes
 * always.
 */
export class TokenGuard {
  readonly #core: Pick<Core, 'store' | 'clock' | 'log'>
  readonly #sessions: Pick<Sessions, 'find'>
  readonly #rules: TokenRules
  readonly #wrong = new Map<string, GuessLimit>()

  constructor(
    core: Pick<Core, 'store' | 'clock' | 'log'>,
    sessions: Pick<Sessions, 'find'>,
    rules: TokenRules,
  ) {
    this.#core = core
    this.#sessions = sessions
    this.#rules = rules
  }

  /** The same routes, each of which asks its caller for a token of its scope. */
  guard(routes: readonly ScopedRoute[]): Route[] {
    return routes.map((route) => {
      const { scope, handler } = route
      if (scope === 'open') return route
      const needed = scope === 'owner' ? 'admin' : scope
      return {
        ...route,
        handler: async (request, response) => {
          const credential = await this.#identify(request, route, needed)
          return handler({ ...request, credential }, response)
        },
      }
    })
  }

  /**
   * What a caller may do now.
   *
   * @throws NleError `unauthorized` or `rate_limited` for a token that does not count
   */
  async rightsOf(request: Request): Promise<Answer<'getSession'>> {
    const { credential, raw } = request
    if (isOwners(credential)) {
      const person = credential === 'ingress' ? personIn(raw.headers) : undefined
      const rights = { needed: false, scope: 'admin', owner: true, by: credential } as const
      return person === undefined ? rights : { ...rights, person }
    }
    const tokens = await this.#core.store.tokens()
    const shown = await this.#shown(request, tokens)
    const isFree = this.#isFree(request, tokens)
    if (!('token' in shown) && shown.by !== 'nothing' && !isFree)
      throw this.#refused(shown, request)
    const own = 'token' in shown ? shown.token.scope : 'none'
    return {
      needed: !isFree,
      scope: isFree ? 'admin' : own,
      owner: own === 'admin',
      by: 'token' in shown ? shown.by : 'nobody',
    }
  }

  /**
   * The token that a caller presents.
   *
   * @throws NleError `unauthorized`, or `rate_limited` for a caller that guesses
   */
  async known(presented: string, request: Request): Promise<Token> {
    const shown = this.#judged(await this.#core.store.tokens(), presented)
    if ('token' in shown) return shown.token
    throw this.#refused(shown, request)
  }

  /** @throws NleError `unauthorized`, `forbidden`, or `rate_limited` for a caller that guesses */
  async #identify(
    request: Request,
    { scope, ownerCommand }: ScopedRoute,
    needed: TokenScope,
  ): Promise<Credential> {
    const { credential, raw } = request
    // A process of nle may no more there than elsewhere.
    const isInner = this.#rules.inner.find(presentedToken(raw.headers) ?? '') !== undefined
    if (isOwners(credential) && !isInner) return credential
    const tokens = await this.#core.store.tokens()
    const shown = await this.#shown(request, tokens)
    const isFree = this.#isFree(request, tokens) && scope !== 'owner'
    if (!('token' in shown)) {
      if (isFree) return 'none'
      if (shown.by !== 'nothing') throw this.#refused(shown, request)
      throw scope === 'owner' ? onlyForOwner(ownerCommand) : unauthorized('A token is needed.')
    }
    if (shown.by === 'session' && mayChange(request.method) && !isOwnPage(raw)) {
      if (isFree) return 'none'
      refuseForeignPage(raw)
    }
    if (!isFree && !allows(shown.token, needed)) {
      throw new NleError(
        'forbidden',
        `This token may ${shown.token.scope === 'read' ? 'only read' : 'not administer'}; "${needed}" is needed.`,
      )
    }
    return shown.by
  }

  async #shown({ raw }: Request, tokens: readonly Token[]): Promise<Shown> {
    const presented = presentedToken(raw.headers)
    const shown =
      presented === undefined ? await this.#ofSession(raw, tokens) : this.#judged(tokens, presented)
    if ('token' in shown) this.#rules.uses.note(shown.token.id, this.#core.clock.now().wallMs)
    return shown
  }

  async #ofSession(raw: Request['raw'], tokens: readonly Token[]): Promise<Shown> {
    const session = raw.headers.cookie === undefined ? undefined : await this.#sessions.find(raw)
    const token = tokens.find(({ id }) => id === session?.tokenId)
    return token === undefined || this.#isExpired(token)
      ? { by: 'nothing' }
      : { by: 'session', token }
  }

  #judged(tokens: readonly Token[], presented: string): Shown {
    const token = this.#rules.inner.find(presented) ?? findToken(tokens, presented)
    if (token === undefined) return { by: 'unknown token' }
    return this.#isExpired(token) ? { by: 'expired token' } : { by: 'token', token }
  }

  #isExpired(token: Token): boolean {
    return isExpired(token, this.#core.clock.now().wallMs)
  }

  /** Whether the caller needs no token for what is not the owner's. */
  #isFree({ remoteAddress, raw }: Request, tokens: readonly Token[]): boolean {
    const { required, loopbackIsFree } = this.#rules
    return (
      (tokens.length === 0 && !required) || (loopbackIsFree && isHere(remoteAddress, raw.headers))
    )
  }

  /** Why a token does not count; one that is not known is a guess. */
  #refused({ by }: Shown, { remoteAddress: address, limitKey }: Request): NleError {
    if (by === 'expired token') return unauthorized('This token has expired.')
    const { clock, log } = this.#core
    const { steadyMs } = clock.now()
    const limit = this.#wrong.get(limitKey)
    const waitS = retryAfterS(limit, steadyMs)
    if (waitS > 0) {
      return new NleError('rate_limited', `Too many wrong tokens. Try again in ${waitS} seconds.`, {
        details: { retryAfterS: waitS },
      })
    }
    remember(this.#wrong, limitKey, wrongGuess(limit, steadyMs), MAX_CALLERS)
    log.warn('wrong token', { address })
    return unauthorized('This token is not known here.')
  }
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
  return tokenNeeded(
    `${why} Send one ${AS_HEADER}; "nle token create" on the server makes one. Apps that can send none, such as Home Assistant's integration for self-hosted servers, work only while the server has no tokens, or by 127.0.0.1 on its machine.`,
  )
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

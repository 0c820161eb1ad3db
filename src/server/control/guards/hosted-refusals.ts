import { NleError } from '../../../errors.ts'
import type { Clock } from '../../core/clock.ts'
import type { Route } from '../../http/router.ts'

const HOSTED = '/api/v1/'

/** What the hosted service says in `error`; the other refusals say the same as nle's own. */
const WORDS: Partial<Readonly<Record<NleError['code'], string>>> = {
  unauthorized: 'Unauthorized',
  forbidden: 'Access denied to this device',
  rate_limited: 'Rate limit exceeded',
}

/**
 * Adds the hosted service's words to the refusals of its API, those of the token guard included. Apps compare
 * them; people read nle's own, in `message`.
 */
export function hostedRefusals(clock: Clock): (routes: readonly Route[]) => Route[] {
  function inItsWords(error: NleError): NleError {
    const words = WORDS[error.code]
    if (words === undefined) return error
    const { retryAfterS } = error.details
    const atMs =
      typeof retryAfterS === 'number' ? clock.now().wallMs + retryAfterS * 1000 : undefined
    const hosted = {
      error: words,
      ...(atMs === undefined ? {} : { retryAfter: new Date(atMs).toISOString() }),
    }
    return new NleError(error.code, error.message, {
      cause: error,
      details: { ...error.details, hosted },
    })
  }

  return (routes) =>
    routes.map((route) => {
      if (!route.pattern.startsWith(HOSTED)) return route
      return {
        ...route,
        handler: async (request, response) => {
          try {
            return await route.handler(request, response)
          } catch (error) {
            throw error instanceof NleError ? inItsWords(error) : error
          }
        },
      }
    })
}

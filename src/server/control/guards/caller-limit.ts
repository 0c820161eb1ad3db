import type { Clock } from '../../core/clock.ts'
import { RateLimit, type RateRules } from '../../core/rate-limit.ts'
import type { Request } from '../../http/reply.ts'

/**
 * Limits what strangers do. A caller on the socket of this machine or with a token has no limit.
 *
 * @param what - for people: what there may be too much of
 * @returns throws NleError `rate_limited` for a request that is too much
 */
export function callerLimit(
  clock: Clock,
  rules: RateRules,
  what: string,
): (request: Request) => void {
  const limit = new RateLimit(clock, rules)
  return (request) => {
    if (request.credential === 'none') limit.admit(request.limitKey, what)
  }
}

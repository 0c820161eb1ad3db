import { networkOf } from '../../../protocol/lan/addresses.ts'
import type { Clock } from '../../core/clock.ts'
import { RateLimit, type RateRules } from '../../core/rate-limit.ts'
import type { Request } from '../../http/reply.ts'
import { isHere } from './token-guard.ts'

/**
 * Limits what strangers do. A caller with a token and a program on this machine have no limit.
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
    if (isStranger(request)) limit.admit(networkOf(request.remoteAddress), what)
  }
}

/** Whether a caller has no token and is no program on this machine. */
export function isStranger({ byToken, remoteAddress, raw }: Request): boolean {
  return !byToken && !isHere(remoteAddress, raw.headers)
}

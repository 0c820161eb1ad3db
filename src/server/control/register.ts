import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { type GuessLimit, retryAfterS, wrongGuess } from '../../protocol/guess-limit.ts'
import { normalizeCode } from '../../protocol/pairing.ts'
import { type Handler, ok } from '../http/reply.ts'
import { nameOf } from '../views.ts'
import { checkedUserId } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** Addresses whose wrong codes are remembered, at most. */
const MAX_ADDRESSES = 4096

/** `POST /api/register`: claims an entry key (`P8`), limited against guessing (`P12`). */
export function registerHandler({ core, pairing }: ControlServices): Handler {
  const limits = new Map<string, GuessLimit>()
  return async (request) => {
    const body = await request.json()
    const code = isObject(body) ? body.code : undefined
    const userId = isObject(body) ? body.userId : undefined
    if (isMissing(code) || isMissing(userId)) {
      throw new NleError('invalid', 'Missing required fields: code, userId')
    }
    const normal = typeof code === 'string' ? normalizeCode(code) : undefined
    if (normal === undefined) {
      throw new NleError(
        'invalid',
        'Invalid entry code format. Must be exactly 7 alphanumeric characters.',
      )
    }
    const owner = checkedUserId(userId)
    const address = request.remoteAddress
    const { steadyMs, wallMs } = core.clock.now()
    const waitS = retryAfterS(limits.get(address), steadyMs)
    if (waitS > 0) {
      throw new NleError('rate_limited', `Too many wrong codes. Try again in ${waitS} seconds.`, {
        details: { retryAfterS: waitS },
      })
    }
    const result = await pairing.claim(normal, owner)
    if (result.success) {
      return ok({
        success: true,
        serial: result.serial,
        message: `Device ${result.serial} registered to ${owner}`,
        name: nameOf(core.store, result.serial, wallMs),
        subscribers_notified: result.subscriptions,
      })
    }
    const limit = wrongGuess(limits.get(address), steadyMs)
    // Re-inserted, so that the address unheard of for longest is the first to be forgotten.
    limits.delete(address)
    limits.set(address, limit)
    for (const oldest of limits.keys()) {
      if (limits.size <= MAX_ADDRESSES) break
      limits.delete(oldest)
    }
    core.log.warn('wrong entry code', { address, reason: result.reason })
    return ok({
      success: false,
      message: 'Invalid, expired, or already claimed entry key',
      reason: result.reason,
    })
  }
}

function isMissing(field: unknown): boolean {
  return field === undefined || field === null || field === ''
}

import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { normalizeCode } from '../../protocol/pairing.ts'
import { type Handler, ok } from '../http/reply.ts'
import { nameOf } from '../views.ts'
import { CodeGuesses } from './code-guesses.ts'
import { checkedUserId } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `POST /api/register`: claims an entry key (`P8`), limited against guessing (`P12`). */
export function registerHandler({ core, pairing }: ControlServices): Handler {
  const guesses = new CodeGuesses(core)
  return async (request, response) => {
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
    await guesses.admit(address, (leave) => response.on('close', leave))
    const result = await pairing.claim(normal, owner)
    if (result.success) {
      return ok({
        success: true,
        serial: result.serial,
        message: `Device ${result.serial} registered to ${owner}`,
        name: nameOf(core.store, result.serial, core.clock.now().wallMs),
        subscribers_notified: result.subscriptions,
      })
    }
    guesses.wasWrong(address, result.reason)
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

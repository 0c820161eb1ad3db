import { NleError } from '../../errors.ts'
import { ok, type Reply } from '../http/reply.ts'
import type { Pairing } from '../pairing/pairing.ts'
import { callerOf, type DeviceHandler } from './caller.ts'

/** What thermostats are told when there is no code for them now (`P6`). */
const UNAVAILABLE = 'Entry key service unavailable'

/** `GET /nest/passphrase`: the code for the thermostat's screen (`P1` to `P4`). */
export function passphraseHandler(pairing: Pairing): DeviceHandler {
  return (request) => available(() => pairing.passphrase(callerOf(request)))
}

/** `GET /nest/passphrase/status`: whether the code was claimed (`P7`). */
export function passphraseStatusHandler(pairing: Pairing): DeviceHandler {
  return (request) => available(() => pairing.status(callerOf(request)))
}

/** Answers a caller that has to wait, and every failure of the store, in the words of `P6`. */
async function available(answer: () => Promise<object | undefined>): Promise<Reply> {
  try {
    const body = await answer()
    return body === undefined ? { status: 503, body: { error: UNAVAILABLE } } : ok(body)
  } catch (cause) {
    if (cause instanceof NleError && cause.code !== 'store') throw cause
    throw new NleError('store', UNAVAILABLE, { cause })
  }
}

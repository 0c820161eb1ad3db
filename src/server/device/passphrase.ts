import { NleError } from '../../errors.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { Pairing } from '../pairing/pairing.ts'
import { callerOf } from './caller.ts'

/** `GET /nest/passphrase`: the code for the thermostat's screen (`P1` to `P4`). */
export function passphraseHandler(pairing: Pairing): Handler {
  return async (request) => ok(await available(() => pairing.passphrase(callerOf(request))))
}

/** `GET /nest/passphrase/status`: whether the code was claimed (`P7`). */
export function passphraseStatusHandler(pairing: Pairing): Handler {
  return async (request) => ok(await available(() => pairing.status(callerOf(request).serial)))
}

/** Answers every failure of the store with the message that thermostats know (`P6`). */
async function available<T>(answer: () => T | Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (cause) {
    if (cause instanceof NleError && cause.code !== 'store') throw cause
    throw new NleError('store', 'Entry key service unavailable', { cause })
  }
}

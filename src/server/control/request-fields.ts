import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { isUserId, toSerial, USER_ID_RULE } from '../../protocol/identity.ts'
import { DEFAULT_USER_ID } from '../../protocol/pairing/claim.ts'
import type { Request } from '../http/reply.ts'
import { unknownDevice } from '../thermostats/views.ts'

/** A refusal repeats at most this much of a client's text. */
const MAX_ECHO_LENGTH = 64
/** The most that a client may ask of a list at once. */
const MAX_LIMIT = 500

/** @throws NleError `invalid` for a body that is no JSON object; see `Request.json` for the rest */
export async function bodyFields(request: Request): Promise<JsonObject> {
  const body = await request.json()
  if (!isObject(body)) throw new NleError('invalid', 'The body has to be a JSON object.')
  return body
}

/**
 * The serial a request names. The thermostat may not be on file.
 *
 * @param missing - the message for a request that names none
 * @throws NleError `invalid` without one, `not_found` for a text that cannot be a serial
 */
export function namedSerial(asked: unknown, missing: string): string {
  if (typeof asked !== 'string' || asked.trim() === '') throw new NleError('invalid', missing)
  return serialIn(asked)
}

/** @throws NleError `not_found` for a text that cannot be a serial */
export function serialIn(asked = ''): string {
  const serial = toSerial(asked)
  if (serial === undefined) throw unknownDevice(echo(asked))
  return serial
}

/** The user a query names, or Home Assistant's when it names none; as `checkedUserId`. */
export function namedUser(query: URLSearchParams): string {
  const asked = query.get('userId')
  return asked === null || asked === '' ? DEFAULT_USER_ID : checkedUserId(asked)
}

/** @throws NleError `invalid` when it cannot be a user id */
export function checkedUserId(asked: unknown): string {
  if (typeof asked === 'string' && isUserId(asked)) return asked
  throw new NleError('invalid', `Invalid userId. Must be ${USER_ID_RULE}.`)
}

/** A client's text, cut short enough to be sent back. */
export function echo(text: string): string {
  return text.slice(0, MAX_ECHO_LENGTH)
}

/**
 * How many entries of a list a query asks for; undefined when it does not say.
 *
 * @throws NleError `invalid`
 */
export function limitIn(query: URLSearchParams): number | undefined {
  const text = query.get('limit')
  if (text === null) return undefined
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new NleError('invalid', `limit must be a whole number from 1 to ${MAX_LIMIT}`)
}

import { NleError } from '../../errors.ts'
import { identify } from '../../protocol/identity.ts'
import type { Caller } from '../core/presence.ts'
import type { Request } from '../http/reply.ts'

/**
 * The thermostat that is calling.
 *
 * @throws NleError `invalid` without a serial (`I6`)
 */
export function callerOf(request: Request): Caller {
  const caller = namedCaller(request)
  if (caller === undefined) throw new NleError('invalid', 'Device serial required')
  return caller
}

/**
 * The thermostat that is calling; undefined when no header names one. A query names none here: any web
 * page can send it, so nothing is read or written because of it (`I1`).
 */
export function namedCaller({ raw, limitKey }: Request): Caller | undefined {
  const serial = identify({ headers: raw.headers })
  return serial === undefined ? undefined : { serial, network: limitKey }
}

import { NleError } from '../../errors.ts'
import { identify } from '../../protocol/identity.ts'
import { networkOf } from '../../protocol/lan/addresses.ts'
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

/** The thermostat that is calling; undefined when the request names none. */
export function namedCaller({ raw, query, remoteAddress }: Request): Caller | undefined {
  const serial = identify({ headers: raw.headers, querySerial: query.get('serial') ?? undefined })
  return serial === undefined ? undefined : { serial, network: networkOf(remoteAddress) }
}

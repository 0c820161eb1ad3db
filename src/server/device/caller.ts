import { NleError } from '../../errors.ts'
import { identify } from '../../protocol/identity.ts'
import type { Request } from '../http/reply.ts'

/**
 * The serial of the caller.
 *
 * @throws NleError `invalid` without one (`I6`)
 */
export function callerOf({ raw, query }: Pick<Request, 'raw' | 'query'>): string {
  const serial = identify({ headers: raw.headers, querySerial: query.get('serial') ?? undefined })
  if (serial === undefined) throw new NleError('invalid', 'Device serial required')
  return serial
}

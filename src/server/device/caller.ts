import type { ServerResponse } from 'node:http'
import { NleError } from '../../errors.ts'
import { identify, toSerial } from '../../protocol/identity.ts'
import type { Caller } from '../core/presence.ts'
import type { Reply, Request, Taken } from '../http/reply.ts'
import { credentialsOn } from '../pairing/password-hashing.ts'

/** A request that the guard has let through. */
export interface CheckedRequest extends Request {
  /** The thermostat that is calling; undefined when nothing names one that may be trusted. */
  readonly caller: Caller | undefined
}

export type DeviceHandler = (
  request: CheckedRequest,
  response: ServerResponse,
) => Reply | Taken | Promise<Reply | Taken>

/**
 * The thermostat that is calling.
 *
 * @throws NleError `invalid` without a serial (`I6`)
 */
export function callerOf({ caller }: CheckedRequest): Caller {
  if (caller === undefined) throw new NleError('invalid', 'Device serial required')
  return caller
}

/**
 * The thermostat that a request names in its headers. A serial in the query does not count: any web page can
 * send one, so nothing is read or written because of it (`I1`).
 *
 * @param serialInPath - names the caller when no header does
 */
export function namedCaller(
  { raw: { headers, socket }, limitKey }: Request,
  serialInPath?: string,
): Caller | undefined {
  const shown = credentialsOn(socket, headers.authorization)
  const serial = shown.serial ?? identify({ headers }) ?? serialInPath
  if (serial === undefined) return undefined
  const { password } = shown
  return { serial, network: limitKey, socket, ...(password ? { password } : {}) }
}

/** The serial in `…/device/{serial}` and `…/device/device.{serial}`. */
export function serialInPath({ params }: Pick<Request, 'params'>): string | undefined {
  return toSerial(params.serial?.replace(/^device\./, ''))
}

import { NleError } from '../../errors.ts'
import { identify, toSerial } from '../../protocol/identity.ts'
import { parsePut } from '../../protocol/put.ts'
import { transportHeaders, versionObjects } from '../../protocol/wire.ts'
import type { Core } from '../core.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { Transport } from '../transport.ts'
import { callerOf } from './routes.ts'

/** `POST /nest/transport/put` (section 5). */
export function putHandler(transport: Transport): Handler {
  return async (request) => {
    const serial = callerOf(request)
    const put = parsePut(await request.json(), serial)
    if (put === undefined) throw new NleError('invalid', 'The body is not a put.')
    return ok(versionObjects(await transport.put(serial, put)))
  }
}

/**
 * `GET /nest/transport/device/{serial}`: the versions on file. The path names the caller; where a
 * header does as well, it has to be the same one.
 */
export function listHandler({ settings, clock }: Core, transport: Transport): Handler {
  return ({ raw, query, params }) => {
    const asked = toSerial(params.serial?.replace(/^device\./, ''))
    const named = identify({ headers: raw.headers, querySerial: query.get('serial') ?? undefined })
    const serial = named ?? asked
    if (serial === undefined) throw new NleError('invalid', 'Device serial required')
    if (asked !== serial) {
      throw new NleError('forbidden', 'A thermostat may list its own buckets only.')
    }
    return ok(
      versionObjects(transport.list(serial)),
      transportHeaders(settings, clock.now().wallMs, false),
    )
  }
}

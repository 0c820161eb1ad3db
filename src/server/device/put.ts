import { NleError } from '../../errors.ts'
import type { Dialect } from '../../protocol/transport/dialect.ts'
import { ok } from '../http/reply.ts'
import { callerOf, type DeviceHandler, serialInPath } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `POST /nest/transport/put` (section 5). While only paired thermostats are served, a put of an unpaired
 * one is accepted and dropped.
 */
export function putHandler({ transport, access }: DeviceServices, dialect: Dialect): DeviceHandler {
  return async (request) => {
    const caller = callerOf(request)
    const may = await access.check(caller.serial)
    const put = dialect.parsePut(await request.json(), caller.serial)
    if (put === undefined) throw new NleError('invalid', 'The body is not a put.')
    return ok(dialect.versions(may === 'full' ? await transport.put(caller, put) : []))
  }
}

/**
 * `GET /nest/transport/device/{serial}`: the stored versions. The path names the caller; a serial in a
 * header must be the same.
 */
export function listHandler(
  { transport, access }: DeviceServices,
  dialect: Dialect,
): DeviceHandler {
  return async (request) => {
    const { serial } = callerOf(request)
    if (serialInPath(request) !== serial) {
      throw new NleError('forbidden', 'A thermostat may list its own buckets only.')
    }
    await access.check(serial)
    const { versions, headers } = await transport.list(serial)
    return ok(dialect.versions(versions), headers)
  }
}

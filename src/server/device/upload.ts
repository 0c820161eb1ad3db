import { identify } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { DeviceServices } from './routes.ts'

/**
 * `POST /nest/upload`: a log the thermostat wants to be rid of. It is told that all is well whatever
 * becomes of it, or it would try again and again.
 */
export function uploadHandler({ access, deviceLogs }: DeviceServices): Handler {
  return async ({ raw, query }) => {
    const serial = identify({ headers: raw.headers, querySerial: query.get('serial') ?? undefined })
    if (serial !== undefined && deviceLogs !== undefined && access.check(serial) === 'full') {
      await deviceLogs.keep(serial, raw)
    }
    return ok({ status: 'ok' })
  }
}

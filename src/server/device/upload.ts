import { type Handler, ok } from '../http/reply.ts'
import { namedCaller } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `POST /nest/upload`: a log of a thermostat. The answer is always ok, because the thermostat would
 * otherwise retry for ever. A thermostat that is not on file gets no folder.
 */
export function uploadHandler({ core, access, deviceLogs }: DeviceServices): Handler {
  return async (request) => {
    const serial = namedCaller(request)?.serial
    if (
      serial !== undefined &&
      deviceLogs !== undefined &&
      (await access.check(serial)) === 'full' &&
      (await core.store.shown(serial)).device !== undefined
    ) {
      await deviceLogs.keep(serial, request.raw)
    }
    return ok({ status: 'ok' })
  }
}

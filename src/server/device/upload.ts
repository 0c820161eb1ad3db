import { type Handler, ok } from '../http/reply.ts'
import { namedCaller } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `POST /nest/upload`: a log the thermostat wants to be rid of. It is told that all is well whatever
 * becomes of it, or it would try again and again. One that is not on file gets no folder.
 */
export function uploadHandler({ core, access, deviceLogs }: DeviceServices): Handler {
  return async (request) => {
    const serial = namedCaller(request)?.serial
    if (
      serial !== undefined &&
      deviceLogs !== undefined &&
      access.check(serial) === 'full' &&
      core.store.devices.get(serial) !== undefined
    ) {
      await deviceLogs.keep(serial, request.raw)
    }
    return ok({ status: 'ok' })
  }
}

import { ok } from '../http/reply.ts'
import type { DeviceHandler } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `POST /nest/upload`: a log of a thermostat. The answer is always ok, because the thermostat would
 * otherwise retry for ever. A thermostat that is not on file gets no folder.
 */
export function uploadHandler({ core, access, deviceLogs }: DeviceServices): DeviceHandler {
  return async (request) => {
    const { caller } = request
    if (
      caller !== undefined &&
      deviceLogs !== undefined &&
      (await access.check(caller.serial)) === 'full' &&
      (await core.store.shown(caller.serial)).device !== undefined
    ) {
      await deviceLogs.keep(caller, request.raw)
    }
    return ok({ status: 'ok' })
  }
}

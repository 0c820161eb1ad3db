import { type Handler, ok } from '../http/reply.ts'
import { bodyFields, namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `DELETE /api/device {serial}`: everything of a thermostat goes; if it calls again it is new. */
export function deleteDeviceHandler({ removal }: ControlServices): Handler {
  return async (request) => {
    const fields = await bodyFields(request)
    const serial = namedSerial(fields.serial, 'Serial required')
    return ok({ success: true, serial, objects_deleted: await removal.remove(serial) })
  }
}

/** `POST /api/dismiss-pairing/{serial}`: takes the pairing dialog off the screen (`P13`). */
export function dismissPairingHandler({ pairing }: ControlServices): Handler {
  return async ({ params }) => {
    const serial = namedSerial(params.serial, 'Serial required')
    const dismissed = await pairing.dismiss(serial)
    return ok({
      success: true,
      message: dismissed
        ? `Pairing dialog dismissed for ${serial}`
        : `No pairing dialog to dismiss for ${serial}`,
    })
  }
}

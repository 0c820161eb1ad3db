import { type Handler, ok } from '../http/reply.ts'
import { bodyFields, namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `POST /command {serial, command, value}`: what a person wants of a thermostat. */
export function commandHandler({ commands }: ControlServices): Handler {
  return async (request) => {
    const { serial, command, value } = await bodyFields(request)
    const named = namedSerial(serial, 'Missing required field: serial')
    const accepted = await commands.command(named, command, value)
    return ok({
      success: true,
      data: { object_key: accepted.objectKey, values: accepted.values },
      change_id: accepted.changeId,
      delivery: accepted.delivery,
    })
  }
}

/** `POST /notify-device {serial}`: what waits for the thermostat is sent again, now. */
export function notifyHandler({ commands }: ControlServices): Handler {
  return async (request) => {
    const { serial } = await bodyFields(request)
    const notified = await commands.notify(namedSerial(serial, 'Serial required'))
    return ok({ success: true, subscribers_notified: notified })
  }
}

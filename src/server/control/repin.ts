import { toSerial } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { echo } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `POST /api/repin/{serial}`: forgets a password; the next one the thermostat has is remembered. */
export function repinHandler({ core }: ControlServices): Handler {
  return async ({ params }) => {
    const asked = params.serial ?? ''
    const serial = toSerial(asked)
    const wasPinned = await core.writer.commit((tx) => {
      if (serial === undefined || tx.store.devices.get(serial) === undefined) {
        throw unknownDevice(echo(asked))
      }
      tx.after(() => core.log.info('password of the thermostat forgotten', { serial }))
      return tx.store.devicePins.delete(serial)
    })
    return ok({ success: true, serial, was_pinned: wasPinned })
  }
}

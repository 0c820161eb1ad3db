import { toSerial } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { nameOf } from '../views.ts'
import type { ControlServices } from './routes.ts'

/** `GET /api/pairing`: the thermostats that show a code, oldest first; never the codes. */
export function pairingHandler({ core, pairing }: ControlServices): Handler {
  return () => {
    const nowMs = core.clock.now().wallMs
    const waiting = pairing
      .waiting()
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .map(({ serial, sinceMs }) => ({
        serial,
        name: nameOf(core.store, serial, nowMs),
        since: new Date(sinceMs).toISOString(),
      }))
    return ok({ waiting, total: waiting.length })
  }
}

/** `GET /api/pairing/{serial}`: how far the pairing of one thermostat is. */
export function pairingOfHandler({ core, pairing }: ControlServices): Handler {
  return ({ params }) => {
    const { store, contacts, clock } = core
    const asked = params.serial ?? ''
    const serial = toSerial(asked)
    const device = serial === undefined ? undefined : store.devices.get(serial)
    if (device === undefined) throw unknownDevice(asked.slice(0, 64))
    return ok({
      serial: device.serial,
      name: nameOf(store, device.serial, clock.now().wallMs),
      owner: store.owners.get(device.serial)?.userId ?? null,
      confirmed: pairing.isConfirmed(device.serial),
      is_available: contacts.isAvailable(device.serial),
    })
  }
}

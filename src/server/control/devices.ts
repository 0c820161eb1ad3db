import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { statusOf } from '../views.ts'
import { namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `GET /api/devices`: the status of every thermostat, and how many connections it holds. */
export function devicesHandler({ core, requireDevicePairing }: ControlServices): Handler {
  return () => {
    const { store, contacts, clock, hub } = core
    const nowMs = clock.now().wallMs
    const devices = store.devices.all().flatMap(({ serial }) => {
      if (requireDevicePairing && store.owners.get(serial) === undefined) return []
      const status = statusOf(store, contacts, serial, nowMs)
      return status === undefined ? [] : { ...status, subscription_count: hub.count(serial) }
    })
    return ok({ devices, total: devices.length })
  }
}

/** `GET /status?serial=`. */
export function statusHandler({ core }: ControlServices): Handler {
  return ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const { store, contacts, clock, hub } = core
    const status = statusOf(store, contacts, serial, clock.now().wallMs)
    if (status === undefined) throw unknownDevice(serial)
    return ok({ ...status, subscription_count: hub.count(serial) })
  }
}

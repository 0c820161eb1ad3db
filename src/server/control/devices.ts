import { NleError } from '../../errors.ts'
import { toSerial } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { statusOf } from '../views.ts'
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
    const asked = query.get('serial')
    if (asked === null || asked === '') throw new NleError('invalid', 'Serial parameter required')
    const { store, contacts, clock, hub } = core
    const serial = toSerial(asked)
    const status =
      serial === undefined ? undefined : statusOf(store, contacts, serial, clock.now().wallMs)
    if (status === undefined) throw unknownDevice(asked.slice(0, 64))
    return ok({ ...status, subscription_count: hub.count(String(status.serial)) })
  }
}

import type { Core } from '../core.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { statusOf } from '../views.ts'
import { namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

/**
 * What `/status`, `/api/devices` and the event `status` tell of a thermostat.
 *
 * @returns undefined when it is not on file
 */
export function statusAnswer({ store, contacts, clock, hub }: Core, serial: string) {
  const status = statusOf(store, contacts, serial, clock.now().wallMs)
  return status === undefined ? undefined : { ...status, subscription_count: hub.count(serial) }
}

/** `GET /api/devices`: the status of every thermostat, and how many connections it holds. */
export function devicesHandler({ core, requireDevicePairing }: ControlServices): Handler {
  return () => {
    const { store } = core
    const devices = store.devices.all().flatMap(({ serial }) => {
      if (requireDevicePairing && store.owners.get(serial) === undefined) return []
      return statusAnswer(core, serial) ?? []
    })
    return ok({ devices, total: devices.length })
  }
}

/** `GET /status?serial=`. */
export function statusHandler({ core }: ControlServices): Handler {
  return ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const status = statusAnswer(core, serial)
    if (status === undefined) throw unknownDevice(serial)
    return ok(status)
  }
}

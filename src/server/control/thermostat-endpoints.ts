import type { Schedule, Status } from '../../api/shapes.ts'
import { toSerial } from '../../protocol/identity.ts'
import { decideUnpin } from '../../protocol/pairing/decide-pairing.ts'
import { loadView, statusAnswer, unknownDevice } from '../thermostats/views.ts'
import type { ControlHandler, ControlServices } from './handler.ts'
import { bodyFields, echo, namedSerial } from './request-fields.ts'

/** `GET /api/devices`: every thermostat with its status; with required pairing, the paired ones. */
export function devicesHandler({
  core,
  requireDevicePairing,
}: ControlServices): ControlHandler<'listDevices'> {
  return async () => {
    const known = await core.store.thermostats()
    const shown = requireDevicePairing ? known.filter(({ owner }) => owner !== undefined) : known
    const statuses = await Promise.all(shown.map(({ serial }) => statusAnswer(core, serial)))
    const devices = statuses.filter((status) => status !== undefined) as Status[]
    return { devices, total: devices.length }
  }
}

/** `GET /status?serial=`. */
export function statusHandler({ core }: ControlServices): ControlHandler<'getStatus'> {
  return async ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const status = await statusAnswer(core, serial)
    if (status === undefined) throw unknownDevice(serial)
    return status as Status
  }
}

/** `DELETE /api/device {serial}`: deletes a thermostat; when it calls again it is a new one. */
export function deleteDeviceHandler({ removal }: ControlServices): ControlHandler<'deleteDevice'> {
  return async (request) => {
    const fields = await bodyFields(request)
    const serial = namedSerial(fields.serial, 'Serial required')
    return { success: true, serial, objects_deleted: await removal.remove(serial) }
  }
}

/** `POST /api/dismiss-pairing/{serial}`: takes the pairing dialog off the screen (`P13`). */
export function dismissPairingHandler({
  pairing,
}: ControlServices): ControlHandler<'dismissPairing'> {
  return async ({ params }) => {
    const serial = namedSerial(params.serial, 'Serial required')
    const dismissed = await pairing.dismiss(serial)
    return {
      success: true,
      message: dismissed
        ? `Pairing dialog dismissed for ${serial}`
        : `No pairing dialog to dismiss for ${serial}`,
    }
  }
}

/** `POST /api/repin/{serial}`: forgets a password; the thermostat's next one is remembered. */
export function repinHandler({ core }: ControlServices): ControlHandler<'repin'> {
  return async ({ params }) => {
    const asked = params.serial ?? ''
    const serial = toSerial(asked)
    if (serial === undefined) throw unknownDevice(echo(asked))
    const wasPinned = await core.writer.decide(serial, decideUnpin)
    if (wasPinned === undefined) throw unknownDevice(serial)
    return { success: true, serial, was_pinned: wasPinned }
  }
}

/** `GET /api/schedule?serial=`: the week as clients see it, a pending one included (`D7`). */
export function scheduleHandler({ core }: ControlServices): ControlHandler<'getSchedule'> {
  return async ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const view = await loadView(core, serial)
    if (view === undefined) throw unknownDevice(serial)
    const { schedule } = view
    return {
      serial,
      schedule: (schedule?.value as Schedule | undefined) ?? null,
      object_revision: schedule?.revision ?? 0,
      object_timestamp: schedule?.timestamp ?? 0,
    }
  }
}

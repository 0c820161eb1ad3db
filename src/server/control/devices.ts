import { toSerial } from '../../protocol/identity.ts'
import { decidePin } from '../../protocol/pairing/decide-pairing.ts'
import { type Handler, ok } from '../http/reply.ts'
import { loadView, statusAnswer, unknownDevice } from '../thermostats/views.ts'
import { bodyFields, echo, namedSerial } from './fields.ts'
import type { ControlServices } from './services.ts'

/** `GET /api/devices`: the status of every thermostat, and how many connections it holds. */
export function devicesHandler({ core, requireDevicePairing }: ControlServices): Handler {
  return async () => {
    const known = await core.store.thermostats()
    const shown = requireDevicePairing ? known.filter(({ owner }) => owner !== undefined) : known
    const statuses = await Promise.all(shown.map(({ serial }) => statusAnswer(core, serial)))
    const devices = statuses.filter((status) => status !== undefined)
    return ok({ devices, total: devices.length })
  }
}

/** `GET /status?serial=`. */
export function statusHandler({ core }: ControlServices): Handler {
  return async ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const status = await statusAnswer(core, serial)
    if (status === undefined) throw unknownDevice(serial)
    return ok(status)
  }
}

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

/** `POST /api/repin/{serial}`: forgets a password; the next one the thermostat has is remembered. */
export function repinHandler({ core }: ControlServices): Handler {
  return async ({ params }) => {
    const asked = params.serial ?? ''
    const serial = toSerial(asked)
    if (serial === undefined || (await core.store.load(serial)).device === undefined) {
      throw unknownDevice(echo(asked))
    }
    const wasPinned = await core.writer.decide(serial, (input) => decidePin(input, null))
    return ok({ success: true, serial, was_pinned: wasPinned })
  }
}

/** `GET /api/schedule?serial=`: the week as a reader sees it, one on its way included (`D7`). */
export function scheduleHandler({ core }: ControlServices): Handler {
  return async ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const view = await loadView(core, serial)
    if (view === undefined) throw unknownDevice(serial)
    const { schedule } = view
    return ok({
      serial,
      schedule: schedule?.value ?? null,
      object_revision: schedule?.revision ?? 0,
      object_timestamp: schedule?.timestamp ?? 0,
    })
  }
}

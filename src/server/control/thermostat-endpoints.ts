import type { Schedule } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { settingsOf } from '../../protocol/commands/device-settings.ts'
import { nextTurn } from '../core/turns.ts'
import { hashOf, type StatusText } from '../thermostats/status-texts.ts'
import { loadView, unknownDevice } from '../thermostats/views.ts'
import { type ControlServices, type SomeHandlers, TextAnswer } from './handler.ts'
import { cutPage, pageIn } from './paging.ts'
import { bodyFields, echo, namedSerial } from './request-fields.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** How long a list is worked on before the event loop serves others; it looks at the clock after every so many. */
const TURN_MS = 2
const PER_LOOK = 16

/** The thermostats on file. */
export function thermostatEndpoints(services: ControlServices) {
  const { core, pairing, removal, statusTexts, requireDevicePairing } = services
  const { clock } = core
  return {
    /**
     * `GET /api/devices`: every thermostat with its status; with required pairing, the paired ones.
     * Existing apps read fields without a check, so one that has not uploaded its state needs `all=1`.
     */
    async listDevices({ query }) {
      const all = query.get('all') === '1'
      const page = pageIn(query)
      const devices: StatusText[] = []
      const limit = page?.limit ?? Number.POSITIVE_INFINITY
      const serials = await core.store.serials(page?.after)
      await core.presence.learn(serials.slice(0, limit + 1))
      let now = clock.now()
      let turnBeganMs = now.steadyMs
      for (const [n, serial] of serials.entries()) {
        // One more than the page has tells whether there is another page.
        if (devices.length > limit) break
        if (n % PER_LOOK === 0) {
          now = clock.now()
          if (now.steadyMs - turnBeganMs > TURN_MS) {
            await nextTurn()
            now = clock.now()
            turnBeganMs = now.steadyMs
          }
        }
        const state = await core.store.shown(serial)
        if (requireDevicePairing && state.owner === undefined) continue
        const status = statusTexts.of(state, now)
        if (status === undefined || !(all || status.hasUploaded)) continue
        devices.push(status)
      }
      if (page === undefined) return listAnswer(devices)
      const { entries, next } = cutPage(devices, (device) => device.serial, { ...page, after: '' })
      return listAnswer(entries, next)
    },

    /** `GET /status?serial=`. */
    async getStatus({ query }) {
      const serial = namedSerial(query.get('serial'), 'Serial parameter required')
      const status = await statusTexts.read(serial)
      if (status === undefined) throw unknownDevice(serial)
      return new TextAnswer(() => status.json, JSON_TYPE, status.hash)
    },

    /** `DELETE /api/device {serial}`: deletes a thermostat; when it calls again it is a new one. */
    async deleteDevice(request) {
      const fields = await bodyFields(request)
      const serial = namedSerial(fields.serial, 'Serial required')
      return { success: true, serial, objects_deleted: await removal.remove(serial) }
    },

    /** `DELETE /api/bucket {serial, object_key}`: deletes a bucket; the thermostat uploads it again. */
    async deleteBucket(request) {
      const fields = await bodyFields(request)
      const serial = namedSerial(fields.serial, 'Serial required')
      const { object_key: key } = fields
      if (typeof key !== 'string') throw new NleError('invalid', 'object_key required')
      const removed = await removal.removeBucket(serial, key)
      if (removed.type === 'absent') {
        throw new NleError('not_found', `${serial} has no bucket "${echo(key)}".`)
      }
      if (removed.type === 'needed') {
        throw new NleError(
          'invalid',
          `nle itself keeps ${echo(key)} for the pairing of ${serial}. Unpair the thermostat instead ("nle unpair"), or take the dialog off its screen ("nle dismiss").`,
        )
      }
      return { success: true, serial, object_key: key, asks_for_upload: removed.asksForUpload }
    },

    /** `DELETE /api/unpaired-devices`: forgets thermostats that are not paired. */
    async forgetUnpaired({ query }) {
      const { thermostats, bytes, kept } = await removal.forgetUnpaired(query.get('all') === '1')
      return { success: true, forgotten: thermostats, bytes, kept }
    },

    /** `POST /api/dismiss-pairing/{serial}`: takes the pairing dialog off the screen (`P13`). */
    async dismissPairing({ params }) {
      const serial = namedSerial(params.serial, 'Serial required')
      const dismissed = await pairing.dismiss(serial)
      return {
        success: true,
        message: `${dismissed ? 'Pairing dialog dismissed' : 'No pairing dialog to dismiss'} for ${serial}`,
      }
    },

    /** `GET /api/device-settings?serial=`: its settings as clients see them (`D7`). */
    async getDeviceSettings({ query }) {
      const serial = namedSerial(query.get('serial'), 'Serial parameter required')
      const view = await loadView(core, serial)
      if (view === undefined) throw unknownDevice(serial)
      return { serial, settings: settingsOf(view.device) }
    },

    /** `GET /api/schedule?serial=`: the week as clients see it, a pending one included (`D7`). */
    async getSchedule({ query }) {
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
    },
  } satisfies SomeHandlers
}

const COMMA = Buffer.from(',')

/** @param next - undefined for a list that has no pages */
function listAnswer(devices: readonly StatusText[], next?: string | null): TextAnswer {
  const rest = JSON.stringify({ total: devices.length, next }).slice(1)
  const text = () => {
    const entries = devices.flatMap(({ json }, n) => (n === 0 ? [json] : [COMMA, json]))
    return Buffer.concat([Buffer.from('{"devices":['), ...entries, Buffer.from(`],${rest}`)])
  }
  return new TextAnswer(text, JSON_TYPE, hashOf(devices.map(({ hash }) => hash).join() + rest))
}

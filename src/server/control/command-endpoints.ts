import type { ChangeAnswer } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { changeReport } from '../../protocol/delivery/change-report.ts'
import { quoted } from '../../protocol/input.ts'
import type { GivenBy } from '../../protocol/setpoint.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { callerLimit } from './guards/caller-limit.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { bodyFields, limitIn, namedSerial } from './request-fields.ts'

const DEFAULT_LIMIT = 50
/** Characters of all commands in one answer: a schedule may have 147,000. */
const MAX_LISTED_LENGTH = 1_000_000
/** Commands to thermostats, and what became of them. */
export function commandEndpoints({ commands, core, commandRate }: ControlServices) {
  const { store, clock } = core
  const admit = callerLimit(clock, commandRate, 'commands')
  return {
    /** `POST /command {serial, command, value}`: sets something of a thermostat. */
    async sendCommand(request) {
      admit(request)
      const { serial, command, value, given_by: givenBy } = await bodyFields(request)
      const named = namedSerial(serial, 'Missing required field: serial')
      const accepted = await commands.command(named, command, value, readGivenBy(givenBy))
      return {
        success: true,
        data: {
          object_key: accepted.objectKey,
          values: accepted.values,
          ...(accepted.clamped ? { clamped: true as const } : {}),
        },
        change_id: accepted.changeId,
        delivery: accepted.delivery,
      }
    },

    /** `POST /notify-device {serial}`: sends the thermostat's queued changes again, now. */
    async notifyDevice(request) {
      admit(request)
      const { serial } = await bodyFields(request)
      const notified = await commands.notify(namedSerial(serial, 'Serial required'))
      return { success: true, subscribers_notified: notified }
    },

    /** `GET /api/changes?serial=&limit=`: the latest commands and their states, newest first. */
    async listChanges({ query }) {
      const asked = query.get('serial') ?? ''
      const serial = asked === '' ? undefined : namedSerial(asked, '')
      if (serial !== undefined && (await store.shown(serial)).device === undefined) {
        throw unknownDevice(serial)
      }
      const now = clock.now()
      const recent = await store.recentCommands(
        serial,
        limitIn(query) ?? DEFAULT_LIMIT,
        MAX_LISTED_LENGTH,
      )
      return { changes: recent.map((parts) => changeReport(parts, now) as ChangeAnswer) }
    },

    /** `GET /api/changes/{id}`: the state of one command. */
    async getChange({ params }) {
      const id = /^\d{1,15}$/.test(params.id ?? '') ? Number(params.id) : 0
      const [first, ...others] = await store.command(id)
      if (first === undefined) throw new NleError('not_found', 'Change not found')
      return changeReport([first, ...others], clock.now()) as ChangeAnswer
    },
  } satisfies SomeHandlers
}

function readGivenBy(value: unknown): GivenBy {
  if (value === undefined || value === null) return 'client'
  if (value === 'client' || value === 'person') return value
  throw new NleError('invalid', `given_by must be client or person, not ${quoted(value)}`)
}

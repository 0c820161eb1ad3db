import { NleError } from '../../errors.ts'
import { type CommandParts, changeReport } from '../../protocol/delivery/change-report.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { bodyFields, namedSerial } from './fields.ts'
import type { ControlServices } from './services.ts'

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

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500

/** `GET /api/changes?serial=&limit=`: what was asked of thermostats and where it is, newest first. */
export function changesHandler({ core }: ControlServices): Handler {
  return async ({ query }) => {
    const { store, clock } = core
    const asked = query.get('serial') ?? ''
    const serial = asked === '' ? undefined : namedSerial(asked, '')
    if (serial !== undefined && (await store.load(serial)).device === undefined) {
      throw unknownDevice(serial)
    }
    const now = clock.now()
    const commands = await store.recentCommands(serial, limitOf(query))
    return ok({ changes: commands.map((parts) => changeReport(parts, now)) })
  }
}

/** `GET /api/changes/{id}`: where one command is. */
export function changeHandler({ core }: ControlServices): Handler {
  return async ({ params }) => {
    const { store, clock } = core
    const id = /^\d{1,15}$/.test(params.id ?? '') ? Number(params.id) : 0
    const [first, ...others] = await store.command(id)
    if (first === undefined) throw new NleError('not_found', 'Change not found')
    const parts: CommandParts = [first, ...others]
    return ok(changeReport(parts, clock.now()))
  }
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? String(DEFAULT_LIMIT)
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new NleError('invalid', `limit must be a whole number from 1 to ${MAX_LIMIT}`)
  }
  return limit
}

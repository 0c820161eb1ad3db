import type { ChangeAnswer } from '../../api/shapes.ts'
import { NleError } from '../../errors.ts'
import { type CommandParts, changeReport } from '../../protocol/delivery/change-report.ts'
import { unknownDevice } from '../thermostats/views.ts'
import type { ControlHandler, ControlServices } from './handler.ts'
import { bodyFields, namedSerial } from './request-fields.ts'

/** `POST /command {serial, command, value}`: sets something of a thermostat. */
export function commandHandler({ commands }: ControlServices): ControlHandler<'sendCommand'> {
  return async (request) => {
    const { serial, command, value } = await bodyFields(request)
    const named = namedSerial(serial, 'Missing required field: serial')
    const accepted = await commands.command(named, command, value)
    return {
      success: true,
      data: { object_key: accepted.objectKey, values: accepted.values },
      change_id: accepted.changeId,
      delivery: accepted.delivery,
    }
  }
}

/** `POST /notify-device {serial}`: sends the thermostat's queued changes again, now. */
export function notifyHandler({ commands }: ControlServices): ControlHandler<'notifyDevice'> {
  return async (request) => {
    const { serial } = await bodyFields(request)
    const notified = await commands.notify(namedSerial(serial, 'Serial required'))
    return { success: true, subscribers_notified: notified }
  }
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500

/** `GET /api/changes?serial=&limit=`: the latest commands and their states, newest first. */
export function changesHandler({ core }: ControlServices): ControlHandler<'listChanges'> {
  return async ({ query }) => {
    const { store, clock } = core
    const asked = query.get('serial') ?? ''
    const serial = asked === '' ? undefined : namedSerial(asked, '')
    if (serial !== undefined && (await store.load(serial)).device === undefined) {
      throw unknownDevice(serial)
    }
    const now = clock.now()
    const commands = await store.recentCommands(serial, limitOf(query))
    return { changes: commands.map((parts) => changeReport(parts, now) as ChangeAnswer) }
  }
}

/** `GET /api/changes/{id}`: the state of one command. */
export function changeHandler({ core }: ControlServices): ControlHandler<'getChange'> {
  return async ({ params }) => {
    const { store, clock } = core
    const id = /^\d{1,15}$/.test(params.id ?? '') ? Number(params.id) : 0
    const [first, ...others] = await store.command(id)
    if (first === undefined) throw new NleError('not_found', 'Change not found')
    const parts: CommandParts = [first, ...others]
    return changeReport(parts, clock.now()) as ChangeAnswer
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

import { NleError } from '../../errors.ts'
import { type CommandParts, changeReport } from '../../protocol/change-report.ts'
import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500

/** `GET /api/changes?serial=&limit=`: what was asked of thermostats and where it is, newest first. */
export function changesHandler({ core }: ControlServices): Handler {
  return ({ query }) => {
    const { store, clock } = core
    const asked = query.get('serial') ?? ''
    const serial = asked === '' ? undefined : namedSerial(asked, '')
    if (serial !== undefined && store.devices.get(serial) === undefined) throw unknownDevice(serial)
    const now = clock.now()
    const commands = store.changes.recentCommands(serial, limitOf(query))
    return ok({ changes: commands.map((parts) => changeReport(parts, now)) })
  }
}

/** `GET /api/changes/{id}`: where one command is. */
export function changeHandler({ core }: ControlServices): Handler {
  return ({ params }) => {
    const { store, clock } = core
    const id = /^\d{1,15}$/.test(params.id ?? '') ? Number(params.id) : 0
    const [first, ...others] = store.changes.ofCommand(id)
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

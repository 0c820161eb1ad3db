import { type Handler, ok } from '../http/reply.ts'
import { unknownDevice } from '../pairing.ts'
import { viewOf } from '../views.ts'
import { namedSerial } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** `GET /api/schedule?serial=`: the week as a reader sees it, one on its way included (`D7`). */
export function scheduleHandler({ core }: ControlServices): Handler {
  return ({ query }) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    const view = viewOf(core.store, serial, core.clock.now().wallMs)
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

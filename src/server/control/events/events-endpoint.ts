import { TAKEN } from '../../http/reply.ts'
import type { ControlHandler, ControlServices } from '../handler.ts'

/**
 * `GET /api/events`: an event whenever something of a thermostat changes. `?detail=1` adds its status
 * and the states of commands.
 */
export function eventsHandler({ streams }: ControlServices): ControlHandler<'watchEvents'> {
  return ({ method, query, raw }, response) => {
    const lastId = raw.headers['last-event-id']
    streams.open(
      response,
      query.get('detail') === '1',
      typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
    )
    // A HEAD request has its headers now.
    if (method === 'HEAD') response.end()
    return TAKEN
  }
}

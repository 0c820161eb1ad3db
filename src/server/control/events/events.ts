import { type Handler, TAKEN } from '../../http/reply.ts'
import type { ControlServices } from '../services.ts'

/**
 * `GET /api/events`: a line whenever something of a thermostat changes. `?detail=1` adds what it is
 * now, and where commands are.
 */
export function eventsHandler({ streams }: ControlServices): Handler {
  return ({ method, query, raw }, response) => {
    const lastId = raw.headers['last-event-id']
    streams.open(
      response,
      query.get('detail') === '1',
      typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
    )
    // Whoever asks for the headers alone has them now.
    if (method === 'HEAD') response.end()
    return TAKEN
  }
}

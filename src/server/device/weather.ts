import { NleError } from '../../errors.ts'
import { weatherKey } from '../../protocol/lan/weather-query.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { Weather } from './weather-cache.ts'

/** `GET /nest/weather/…`: the answer of the upstream, from the cache while it is fresh. */
export function weatherHandler(weather: Weather): Handler {
  return async ({ query }) => {
    const key = weatherKey(query)
    const body = key === undefined ? undefined : await weather.get(key)
    if (body === undefined) throw new NleError('unreachable', 'Weather service unavailable')
    return ok(JSON.parse(body))
  }
}

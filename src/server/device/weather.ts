import { NleError } from '../../errors.ts'
import { identify } from '../../protocol/identity.ts'
import { weatherKey } from '../../protocol/lan/weather-query.ts'
import type { Core } from '../core/core.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `GET /nest/weather/…`: the answer of the upstream, from the cache while it is fresh. The temperature in
 * it is also shown to people.
 */
export function weatherHandler({ core, weather }: DeviceServices): Handler {
  return async ({ query, raw }) => {
    const key = weatherKey(query)
    const report = key === undefined ? undefined : await weather.get(key)
    if (key === undefined || report === undefined) {
      throw new NleError('unreachable', 'Weather service unavailable')
    }
    const answer: unknown = JSON.parse(report.body)
    const isNews = core.outdoor.note(key, report, answer)
    // A query names a thermostat for the answer only: any web page can send one (`I1`).
    const serial = identify({ headers: raw.headers })
    if (serial !== undefined) await noteAsker(core, serial, key, isNews)
    return ok(answer)
  }
}

/** Remembers which weather is that of a paired thermostat. The answer does not depend on it. */
async function noteAsker(
  { store, outdoor, events, health }: Core,
  serial: string,
  key: string,
  isNews: boolean,
): Promise<void> {
  try {
    if ((await store.shown(serial)).owner === undefined) return
    if (outdoor.asked(serial, key) || isNews) events.emit('deviceChanged', serial)
  } catch (error) {
    health.complain('the weather could not be noted', error, { serial })
  }
}

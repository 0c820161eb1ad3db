import { NleError } from '../../errors.ts'
import { weatherKey } from '../../protocol/lan/weather-query.ts'
import type { Core } from '../core/core.ts'
import { ok } from '../http/reply.ts'
import type { DeviceHandler } from './caller.ts'
import type { DeviceServices } from './device-services.ts'

/**
 * `GET /nest/weather/…`: the answer of the upstream, from the cache while it is fresh. The temperature in
 * it is also shown to people.
 */
export function weatherHandler({ core, weather }: DeviceServices): DeviceHandler {
  return async ({ query, caller, limitKey }) => {
    const key = weatherKey(query)
    const isPaired = caller !== undefined && (await isPairedHere(core, caller.serial))
    const asker = { network: limitKey, isPaired }
    const report = key === undefined ? undefined : await weather.get(key, asker)
    if (key === undefined || report === undefined) {
      throw new NleError('unreachable', 'Weather service unavailable')
    }
    const answer: unknown = JSON.parse(report.body)
    if (caller !== undefined && isPaired) {
      // Which weather is that of a paired thermostat. Those of others would push it out of memory.
      const isNews = core.outdoor.note(key, report, answer)
      if (core.outdoor.asked(caller.serial, key) || isNews)
        core.events.emit('deviceChanged', caller.serial)
    }
    return ok(answer)
  }
}

/** False, too, while the database cannot say: the answer does not depend on it. */
async function isPairedHere({ store, health }: Core, serial: string): Promise<boolean> {
  try {
    return (await store.shown(serial)).owner !== undefined
  } catch (error) {
    health.complain('a thermostat that asks for the weather could not be looked up', error, {
      serial,
    })
    return false
  }
}

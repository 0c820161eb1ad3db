import type { Handler } from '../http/reply.ts'
import type { Route } from '../http/router.ts'
import { ENTRY, INFO, PASSPHRASE, PING, withNest } from './device-paths.ts'
import type { DeviceServices } from './device-services.ts'
import { entryHandler } from './entry.ts'
import { infoHandler, pingHandler, proInfoHandler } from './info.ts'
import { passphraseHandler, passphraseStatusHandler } from './passphrase.ts'
import { listHandler, putHandler } from './put.ts'
import { subscribeHandler } from './subscribe.ts'
import { uploadHandler } from './upload.ts'
import { weatherHandler } from './weather.ts'

/**
 * Every path of the device listener. Firmware builds use them with and without `/nest`, with a
 * version, and with one path segment (the protocol's `{czid}`) before `/subscribe` and `/put`.
 */
export function deviceRoutes(services: DeviceServices): Route[] {
  const { core, pairing } = services
  const routes: Route[] = []
  const add = (method: Route['method'], patterns: readonly string[], handler: Handler): void => {
    for (const pattern of patterns.flatMap(withNest)) routes.push({ method, pattern, handler })
  }
  const entry = entryHandler(services)
  add('GET', [ENTRY], entry)
  add('POST', [ENTRY], entry)
  add('GET', [PING, ...TRANSPORT], pingHandler(core))
  add('POST', [PING], pingHandler(core))
  add('GET', [PASSPHRASE], passphraseHandler(pairing))
  add('GET', [`${PASSPHRASE}/status`], passphraseStatusHandler(pairing))
  add(
    'POST',
    [...TRANSPORT, ...after(TRANSPORT, 'subscribe'), '/:czid/subscribe'],
    subscribeHandler(services),
  )
  add('POST', [...after(TRANSPORT, 'put'), '/:czid/put'], putHandler(services))
  add(
    'GET',
    TRANSPORT.flatMap((path) => [`${path}/device/:serial`, `${path}/:version/device/:serial`]),
    listHandler(services),
  )
  add(
    'GET',
    ['/weather', '/weather/:version', '/weather/:version/:more'],
    weatherHandler(services.weather),
  )
  add('GET', ['/pro_info', '/pro_info/:code'], proInfoHandler())
  add('POST', ['/upload'], uploadHandler(services))
  routes.push({ method: 'GET', pattern: INFO, handler: infoHandler(services) })
  return routes
}

const TRANSPORT = ['/transport', '/czfe'] as const

function after(paths: readonly string[], verb: string): string[] {
  return paths.flatMap((path) => [`${path}/${verb}`, `${path}/:czid/${verb}`])
}

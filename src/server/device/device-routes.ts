import { V3, V7 } from '../../protocol/transport/dialect.ts'
import type { Handler } from '../http/reply.ts'
import type { Route } from '../http/router.ts'
import { ENTRY, INFO, MISTYPED_ENTRIES, PASSPHRASE, PING, ROOTS, withNest } from './device-paths.ts'
import type { DeviceServices } from './device-services.ts'
import { entryHandler, rootHandler } from './entry.ts'
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
  const root = rootHandler(services)
  for (const method of ['GET', 'POST'] as const) {
    add(method, [ENTRY], entry)
    for (const pattern of MISTYPED_ENTRIES) routes.push({ method, pattern, handler: entry })
    for (const pattern of ROOTS) routes.push({ method, pattern, handler: root })
  }
  add('GET', [PING, ...TRANSPORT], pingHandler(core))
  add('POST', [PING], pingHandler(core))
  add('GET', [PASSPHRASE], passphraseHandler(pairing))
  add('GET', [`${PASSPHRASE}/status`], passphraseStatusHandler(pairing))
  // Before the routes with a parameter for the version: the first that fits is taken.
  add(
    'POST',
    TRANSPORT_V3.map((path) => `${path}/subscribe`),
    subscribeHandler(services, V3),
  )
  add(
    'POST',
    TRANSPORT_V3.map((path) => `${path}/put`),
    putHandler(services, V3),
  )
  add(
    'GET',
    TRANSPORT_V3.map((path) => `${path}/device/:serial`),
    listHandler(services, V3),
  )
  add(
    'POST',
    [...TRANSPORT, ...after(TRANSPORT, 'subscribe'), '/:czid/subscribe'],
    subscribeHandler(services, V7),
  )
  add('POST', [...after(TRANSPORT, 'put'), '/:czid/put'], putHandler(services, V7))
  add(
    'GET',
    TRANSPORT.flatMap((path) => [`${path}/device/:serial`, `${path}/:version/device/:serial`]),
    listHandler(services, V7),
  )
  add('GET', ['/weather', '/weather/:version', '/weather/:version/:more'], weatherHandler(services))
  add('GET', ['/pro_info', '/pro_info/:code'], proInfoHandler())
  add('POST', ['/upload'], uploadHandler(services))
  routes.push({ method: 'GET', pattern: INFO, handler: infoHandler(services) })
  return routes
}

const TRANSPORT = ['/transport', '/czfe'] as const
/** The path alone decides the form of the bodies (section 11). */
const TRANSPORT_V3 = TRANSPORT.map((path) => `${path}/v3`)

function after(paths: readonly string[], verb: string): string[] {
  return paths.flatMap((path) => [`${path}/${verb}`, `${path}/:czid/${verb}`])
}

import { V3, V7 } from '../../protocol/transport/dialect.ts'
import type { DeviceHandler } from './caller.ts'
import type { DeviceServices } from './device-services.ts'
import { entryHandler, rootHandler } from './entry.ts'
import type { DeviceRoute, Serves } from './guard.ts'
import { infoHandler, pingHandler, proInfoHandler } from './info.ts'
import { passphraseHandler, passphraseStatusHandler } from './passphrase.ts'
import { listHandler, putHandler } from './put.ts'
import { subscribeHandler } from './subscribe.ts'
import { uploadHandler } from './upload.ts'
import { weatherHandler } from './weather.ts'

/** What people enter as `cloudregisterurl` who leave out `/entry` (`E5`). */
const ROOTS = ['/', '/nest'] as const

/** What people enter who write `/entry` or `/nest` twice, or a slash too many (`E5`). */
const MISTYPED_ENTRIES = [
  '/entry/entry',
  '/nest/entry/entry',
  '/nest/nest/entry',
  '/entry/nest/entry',
  '//entry',
  '//nest/entry',
  '/nest//entry',
] as const

const PINGS = withNest('/ping')

const TRANSPORT = ['/transport', '/czfe'] as const
/** The path alone decides the form of the bodies (section 11). */
const TRANSPORT_V3 = TRANSPORT.map((path) => `${path}/v3`)

/**
 * Every path of the device listener, and the callers it serves. Firmware builds use the paths with and
 * without `/nest`, with a version, and with one path segment (the protocol's `{czid}`) before `/subscribe`
 * and `/put`.
 */
export function deviceRoutes(services: DeviceServices): DeviceRoute[] {
  const { core, pairing } = services
  const routes: DeviceRoute[] = []
  const add = (
    serves: Serves,
    method: DeviceRoute['method'],
    patterns: readonly string[],
    handler: DeviceHandler,
    more: Pick<DeviceRoute, 'pathNamesCaller'> = {},
  ): void => {
    for (const pattern of patterns) routes.push({ serves, method, pattern, handler, ...more })
  }
  const entry = entryHandler(services)
  const root = rootHandler(services)
  for (const method of ['GET', 'POST'] as const) {
    add('everybody', method, [...withNest('/entry'), ...MISTYPED_ENTRIES], entry)
    add('everybody', method, ROOTS, root)
    add('everybody', method, PINGS, pingHandler(core))
  }
  add('everybody', 'GET', ['/info'], infoHandler(services))
  add('thermostats', 'GET', withNest(...TRANSPORT), pingHandler(core))
  add('code', 'GET', withNest('/passphrase'), passphraseHandler(pairing))
  add('code', 'GET', withNest('/passphrase/status'), passphraseStatusHandler(pairing))
  const list = { pathNamesCaller: true } as const
  // Before the routes with a parameter for the version: the first that fits is taken.
  for (const path of TRANSPORT_V3.flatMap((each) => withNest(each))) {
    add('thermostats', 'POST', [`${path}/subscribe`], subscribeHandler(services, V3))
    add('thermostats', 'POST', [`${path}/put`], putHandler(services, V3))
    add('thermostats', 'GET', [`${path}/device/:serial`], listHandler(services, V3), list)
  }
  add(
    'thermostats',
    'POST',
    withNest(...TRANSPORT, ...after(TRANSPORT, 'subscribe'), '/:czid/subscribe'),
    subscribeHandler(services, V7),
  )
  add(
    'thermostats',
    'POST',
    withNest(...after(TRANSPORT, 'put'), '/:czid/put'),
    putHandler(services, V7),
  )
  add(
    'thermostats',
    'GET',
    withNest(
      ...TRANSPORT.flatMap((path) => [`${path}/device/:serial`, `${path}/:version/device/:serial`]),
    ),
    listHandler(services, V7),
    list,
  )
  add(
    'thermostats',
    'GET',
    withNest('/weather', '/weather/:version', '/weather/:version/:more'),
    weatherHandler(services),
  )
  add('thermostats', 'GET', withNest('/pro_info', '/pro_info/:code'), proInfoHandler())
  add('thermostats', 'POST', withNest('/upload'), uploadHandler(services))
  return routes
}

/** Firmware builds use every path with and without `/nest`. */
function withNest(...paths: readonly string[]): string[] {
  return paths.flatMap((path) => [`/nest${path}`, path])
}

function after(paths: readonly string[], verb: string): string[] {
  return paths.flatMap((path) => [`${path}/${verb}`, `${path}/:czid/${verb}`])
}

/** Whether a path is that of a ping, which costs nothing. */
export function isPing(path: string): boolean {
  return PINGS.includes(path)
}

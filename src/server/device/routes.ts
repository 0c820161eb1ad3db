import type { DeviceAccess } from '../access.ts'
import type { Core } from '../core.ts'
import type { DeviceLogs } from '../device-logs.ts'
import type { Handler } from '../http/reply.ts'
import type { Route } from '../http/router.ts'
import type { Pairing } from '../pairing.ts'
import type { Transport } from '../transport.ts'
import type { Weather } from '../weather.ts'
import { entryHandler } from './entry.ts'
import { infoHandler, pingHandler } from './info.ts'
import { passphraseHandler, passphraseStatusHandler } from './passphrase.ts'
import { proInfoHandler } from './pro-info.ts'
import { listHandler, putHandler } from './put.ts'
import { subscribeHandler } from './subscribe.ts'
import { uploadHandler } from './upload.ts'
import { weatherHandler } from './weather.ts'

/** What the endpoints of the device listener work with. */
export interface DeviceServices {
  readonly core: Core
  readonly pairing: Pairing
  readonly transport: Transport
  readonly access: DeviceAccess
  readonly weather: Weather
  /** Where uploaded logs go; undefined when they are not kept. */
  readonly deviceLogs: DeviceLogs | undefined
  /** Facts about this server for `/info`. */
  readonly info: ServerInfo
  /** The origin to tell a thermostat that reached us at this local address (`E4`). */
  originFor(localAddress: string | undefined): string
}

export interface ServerInfo {
  readonly version: string
  readonly requireDevicePairing: boolean
  readonly entryKeyTtlS: number
}

/**
 * Every path of the device listener. Firmware builds use them with and without `/nest`, with a
 * version, and with one path segment (the protocol's `{czid}`) before `/subscribe` and `/put`.
 */
export function deviceRoutes(services: DeviceServices): Route[] {
  const { core, pairing } = services
  const routes: Route[] = []
  const add = (method: Route['method'], patterns: readonly string[], handler: Handler): void => {
    for (const pattern of patterns) {
      routes.push({ method, pattern: `/nest${pattern}`, handler }, { method, pattern, handler })
    }
  }
  const entry = entryHandler(services)
  add('GET', ['/entry'], entry)
  add('POST', ['/entry'], entry)
  add('GET', ['/ping', ...TRANSPORT], pingHandler(core))
  add('POST', ['/ping'], pingHandler(core))
  add('GET', ['/passphrase'], passphraseHandler(pairing))
  add('GET', ['/passphrase/status'], passphraseStatusHandler(pairing))
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
  routes.push({ method: 'GET', pattern: '/info', handler: infoHandler(services) })
  return routes
}

const TRANSPORT = ['/transport', '/czfe'] as const

function after(paths: readonly string[], verb: string): string[] {
  return paths.flatMap((path) => [`${path}/${verb}`, `${path}/:czid/${verb}`])
}

import type { Core } from '../core/core.ts'
import type { DeviceAccess } from '../pairing/access.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Transport } from '../thermostats/transport.ts'
import type { DeviceLogs } from './device-logs.ts'
import type { Weather } from './weather-cache.ts'

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

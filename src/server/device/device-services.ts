import type { Core } from '../core/core.ts'
import type { DeviceAccess } from '../pairing/access.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Transport } from '../thermostats/transport.ts'
import type { DeviceLogs } from './device-logs.ts'
import type { Weather } from './weather-cache.ts'

/** The services that the endpoints of the device listener use. */
export interface DeviceServices {
  readonly core: Core
  readonly pairing: Pairing
  readonly transport: Transport
  readonly access: DeviceAccess
  readonly weather: Weather
  /** Undefined when uploaded logs are not kept. */
  readonly deviceLogs: DeviceLogs | undefined
  readonly version: string
  readonly requireDevicePairing: boolean
  /** The origin for a thermostat that reached this local address (`E4`). */
  originFor(localAddress: string | undefined): string
}

import type { Core } from '../core/core.ts'
import type { HostCheck } from '../http/allowed-hosts.ts'
import type { DeviceAccess } from '../pairing/access.ts'
import type { DevicePasswords } from '../pairing/device-passwords.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Transport } from '../thermostats/transport.ts'
import type { DeviceLogs } from './device-logs.ts'
import type { ToldOrigins } from './told-origins.ts'
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
  /** The origins that thermostats are told (`E4`). */
  readonly origins: ToldOrigins
  /** Whether a `Host` is a name or an address of this server. */
  readonly isOurHost: HostCheck
  readonly passwords: DevicePasswords
}

import type { Core } from '../core/core.ts'
import type { SettingsPages } from '../lan/settings-page-client.ts'
import type { MqttIntegration } from '../mqtt/integration.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Commands } from '../thermostats/commands.ts'
import type { Removal } from '../thermostats/removal.ts'
import type { EventStreams } from './events/event-streams.ts'

/** What the endpoints of the control listener work with. */
export interface ControlServices {
  readonly core: Core
  readonly pairing: Pairing
  readonly commands: Commands
  readonly mqtt: MqttIntegration
  readonly removal: Removal
  readonly streams: EventStreams
  readonly requireDevicePairing: boolean
  readonly version: string
  /** The way to thermostats' own settings; their server is the origin of this moment. */
  settingsPages(): SettingsPages
  /** The origin that thermostats are told, as seen from this local address (`E4`). */
  originFor(localAddress: string | undefined): string
}

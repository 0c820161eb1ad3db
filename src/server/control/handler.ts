import type { ServerResponse } from 'node:http'
import type { Answer, EndpointName } from '../../api/endpoints.ts'
import type { Core } from '../core/core.ts'
import type { RateRules } from '../core/rate-limit.ts'
import type { FairTurns } from '../http/fair-turns.ts'
import type { Request, Taken } from '../http/reply.ts'
import type { SettingsPages } from '../lan/settings-page-client.ts'
import type { MatterIntegration } from '../matter/matter-integration.ts'
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
  readonly matter: MatterIntegration
  readonly removal: Removal
  readonly streams: EventStreams
  readonly turns: FairTurns
  readonly requireDevicePairing: boolean
  readonly version: string
  /** Of commands by callers without a token. */
  readonly commandRate: RateRules
  /** Access to thermostats' settings pages, with the origin that this server has now. */
  settingsPages(): SettingsPages
  /** The origin that thermostats are told, as seen from this local address (`E4`). */
  originFor(localAddress: string | undefined): string
}

/** Answers one endpoint with 200 and what it returns; every other status is a thrown `NleError`. */
type ControlHandler<N extends EndpointName> = (
  request: Request,
  response: ServerResponse,
) => Answer<N> | Taken | Promise<Answer<N> | Taken>

export type ControlHandlers = { readonly [N in EndpointName]: ControlHandler<N> }
/** The handlers of some endpoints. */
export type SomeHandlers = Partial<ControlHandlers>

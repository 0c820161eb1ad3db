import type { ServerResponse } from 'node:http'
import type { Answer, EndpointName } from '../../api/endpoints.ts'
import type { Readiness } from '../cluster/readiness.ts'
import type { Core } from '../core/core.ts'
import type { FirstUse } from '../core/first-use.ts'
import type { RateRules } from '../core/rate-limit.ts'
import type { RecentLog } from '../core/recent-log.ts'
import type { Finding } from '../doctor/finding.ts'
import type { History } from '../history/history.ts'
import type { FairTurns } from '../http/fair-turns.ts'
import type { Request, Taken } from '../http/reply.ts'
import type { SettingsPages } from '../lan/settings-page-client.ts'
import type { MatterIntegration } from '../matter/matter-integration.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { MqttIntegration } from '../mqtt/integration.ts'
import type { Notifications } from '../notify/notifications.ts'
import type { Pairing } from '../pairing/pairing.ts'
import type { Commands } from '../thermostats/commands.ts'
import type { Removal } from '../thermostats/removal.ts'
import type { StatusTexts } from '../thermostats/status-texts.ts'
import type { EventStreams } from './events/event-streams.ts'
import type { Sessions } from './guards/sessions.ts'
import type { TokenGuard } from './guards/token-guard.ts'
import type { TokenUses } from './guards/token-uses.ts'
import type { PageFiles } from './web/page-files.ts'

/** What the endpoints of the control listener work with. */
export interface ControlServices {
  readonly core: Core
  readonly readiness: Readiness
  readonly pairing: Pairing
  readonly commands: Commands
  readonly mqtt: MqttIntegration
  /** Undefined when none is kept. */
  readonly history: History | undefined
  readonly metrics: Metrics
  readonly notifications: FirstUse<Notifications>
  readonly matter: MatterIntegration
  readonly removal: Removal
  readonly streams: EventStreams
  readonly statusTexts: StatusTexts
  readonly pageFiles: PageFiles
  readonly tokens: TokenGuard
  readonly sessions: Sessions
  readonly recentLog: RecentLog
  readonly tokenUses: TokenUses
  readonly databasePath: string
  /** The settings in force, as `GET /api/settings` answers them. */
  readonly settings: Answer<'getSettings'>
  /** What the server finds wrong with itself. */
  examine(): Promise<Finding[]>
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

/** An answer that is text already: in another form than JSON, which the request asked for, or made before. */
export class TextAnswer {
  /** Made when it is sent: a client that has it already needs none. */
  readonly text: () => string | Buffer
  readonly type: string
  /** Another one for each other text; a client that has this one is answered 304, without the text. */
  readonly version: string | undefined

  constructor(text: () => string | Buffer, type: string, version?: string) {
    this.text = text
    this.type = type
    this.version = version
  }
}

/** Answers one endpoint with 200 and what it returns; every other status is a thrown `NleError`. */
type ControlHandler<N extends EndpointName> = (
  request: Request,
  response: ServerResponse,
) => Answer<N> | Taken | TextAnswer | Promise<Answer<N> | Taken | TextAnswer>

export type ControlHandlers = { readonly [N in EndpointName]: ControlHandler<N> }
/** The handlers of some endpoints. */
export type SomeHandlers = Partial<ControlHandlers>

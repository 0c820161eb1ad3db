import type { TransportTimes } from '../../protocol/transport/wire.ts'
import type { Store } from '../../store/store.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './event-bus.ts'
import type { Logger } from './logger.ts'
import type { Presence } from './presence.ts'
import type { StoreHealth } from './store-health.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Writer } from './writer.ts'

/** Numbers an operator can set that the services of the server need. */
export interface ServerSettings extends TransportTimes {
  readonly entryKeyTtlS: number
}

/** What the services of the server are made of. */
export interface Core {
  readonly settings: ServerSettings
  readonly store: Store
  readonly health: StoreHealth
  readonly writer: Writer
  readonly clock: Clock
  readonly subscriptions: Subscriptions
  readonly presence: Presence
  readonly events: EventBus
  readonly log: Logger
  /** Uniform integer in [0, max) from a cryptographic source. */
  randomInt(max: number): number
}

import { randomInt } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from './core/clock.ts'
import type { Core } from './core/core.ts'
import { EventBus } from './core/event-bus.ts'
import type { Logger } from './core/logger.ts'
import { Contacts } from './core/presence.ts'
import { StoreHealth } from './core/store-health.ts'
import { SubscriptionHub } from './core/subscriptions.ts'
import { Writer } from './core/writer.ts'
import { Housekeeping } from './housekeeping.ts'
import { Pairing } from './pairing/pairing.ts'
import { Commands } from './thermostats/commands.ts'
import { Publisher } from './thermostats/publisher.ts'
import { Removal } from './thermostats/removal.ts'
import { Transport } from './thermostats/transport.ts'

/** Everything the server does, without a socket. */
export interface Services {
  readonly core: Core
  readonly publisher: Publisher
  readonly pairing: Pairing
  readonly transport: Transport
  readonly commands: Commands
  readonly removal: Removal
  readonly housekeeping: Housekeeping
}

export interface ServicesOptions {
  readonly config: Pick<
    Config,
    | 'entryKeyTtlS'
    | 'suspendTimeMaxS'
    | 'deferDeviceWindowS'
    | 'disableDeferWindowS'
    | 'maxSubscriptionsPerDevice'
  >
  readonly clock: Clock
  readonly log: Logger
  /** Uniform integer in [0, max); the operating system's source unless a test brings its own. */
  readonly randomInt?: (max: number) => number
}

/** Puts the services together on a store. */
export function makeServices(store: Store, options: ServicesOptions): Services {
  const { config, clock, log } = options
  const health = new StoreHealth(store, clock, log)
  const events = new EventBus((error) => health.complain('a listener of events failed', error))
  const hub = new SubscriptionHub(config.maxSubscriptionsPerDevice)
  const core: Core = {
    settings: config,
    store,
    health,
    clock,
    hub,
    events,
    log,
    writer: new Writer(store, health, events, log),
    // Half a hold longer than a thermostat that keeps its rhythm is ever silent.
    contacts: new Contacts(clock, hub, health, events, log, config.suspendTimeMaxS * 1500),
    randomInt: options.randomInt ?? ((max) => randomInt(max)),
  }
  const publisher = new Publisher(core)
  const transport = new Transport(core, publisher)
  const commands = new Commands(core, publisher)
  return {
    core,
    publisher,
    transport,
    commands,
    removal: new Removal(core, commands, publisher, transport),
    pairing: new Pairing(core),
    housekeeping: new Housekeeping(core, commands, transport),
  }
}

import { holdMs } from '../protocol/transport/wire.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from './core/clock.ts'
import type { Core, ServerSettings } from './core/core.ts'
import { EventBus } from './core/event-bus.ts'
import type { Logger } from './core/logger.ts'
import { nodeCrypto } from './core/node-modules.ts'
import { Outdoor } from './core/outdoor.ts'
import { Presence } from './core/presence.ts'
import { StoreHealth } from './core/store-health.ts'
import { Subscriptions } from './core/subscriptions.ts'
import { Tallies } from './core/tallies.ts'
import { limitUnknownBuckets } from './core/unknown-bucket-limit.ts'
import { Writer } from './core/writer.ts'
import { Housekeeping } from './housekeeping.ts'
import { DevicePasswords } from './pairing/device-passwords.ts'
import { Pairing } from './pairing/pairing.ts'
import { Commands } from './thermostats/commands.ts'
import { Removal } from './thermostats/removal.ts'
import { SentPushes } from './thermostats/sent-pushes.ts'
import { Transport } from './thermostats/transport.ts'

/** All services of the server, without its sockets. */
export interface Services {
  readonly core: Core
  readonly sentPushes: SentPushes
  readonly passwords: DevicePasswords
  readonly pairing: Pairing
  readonly transport: Transport
  readonly commands: Commands
  readonly removal: Removal
  readonly housekeeping: Housekeeping
}

export interface ServicesOptions {
  readonly config: ServerSettings & { readonly maxSubscriptionsPerDevice: number }
  readonly clock: Clock
  readonly log: Logger
  /** Uniform integer in [0, max); by default from the operating system. */
  readonly randomInt?: (max: number) => number
  /** The offset of the time zone at an instant (ms), s east of UTC; by default this machine's. */
  readonly localOffsetS?: (atMs: number) => number
}

/** Puts the services together on a store. */
export function makeServices(store: Store, options: ServicesOptions): Services {
  const { config, clock, log } = options
  const health = new StoreHealth(store, clock, log)
  const events = new EventBus((error) => health.complain('a listener of events failed', error))
  const subscriptions = new Subscriptions(config.maxSubscriptionsPerDevice)
  const parts = { store, health, clock, subscriptions, events, log }
  const writer = new Writer(parts)
  const presence = new Presence({ ...parts, writer, holdMs: holdMs(config.suspendTimeMaxS) })
  const core: Core = {
    ...parts,
    settings: config,
    writer,
    presence,
    outdoor: new Outdoor(),
    tallies: new Tallies(events),
    randomInt: options.randomInt ?? ((max) => nodeCrypto().randomInt(max)),
    localOffsetS: options.localOffsetS ?? ((atMs) => -new Date(atMs).getTimezoneOffset() * 60),
  }
  limitUnknownBuckets(core)
  const sentPushes = new SentPushes(core)
  const commands = new Commands(core)
  const passwords = new DevicePasswords(core)
  return {
    core,
    sentPushes,
    commands,
    transport: new Transport(core, sentPushes),
    removal: new Removal(core, sentPushes),
    passwords,
    pairing: new Pairing(core, passwords),
    housekeeping: new Housekeeping(core, commands),
  }
}

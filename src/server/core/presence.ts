import type { Now } from '../../protocol/now.ts'
import type { EntryFacts } from '../../protocol/pairing/entry-document.ts'
import { Newcomers, type Whereabouts } from './admission.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './event-bus.ts'
import type { Logger } from './logger.ts'
import type { StoreHealth } from './store-health.ts'
import type { SubscriptionHub } from './subscriptions.ts'
import type { Transaction } from './writer.ts'

/** How often "last seen" goes to disk: an SD card is worth more than these minutes. */
const PERSIST_MS = 10 * 60_000
/** After so long what is on file says enough. */
const REMEMBER_MS = 86_400_000

/** A thermostat that calls. */
export interface Caller {
  readonly serial: string
  /** Where from; see `networkOf`. */
  readonly network: string
}

interface Contact {
  seen: Now
  network: string
  wasAvailable: boolean
}

/** When each thermostat was last heard of. Kept in memory, and written down now and then. */
export class Contacts {
  readonly #bySerial = new Map<string, Contact>()
  readonly #clock: Clock
  readonly #hub: SubscriptionHub
  readonly #health: StoreHealth
  readonly #events: EventBus
  readonly #log: Logger
  readonly #availableForMs: number
  readonly #newcomers: Newcomers
  readonly #startedAtSteadyMs: number

  /** @param availableForMs - without a subscription: how long after a request it counts as online */
  constructor(
    clock: Clock,
    hub: SubscriptionHub,
    health: StoreHealth,
    events: EventBus,
    log: Logger,
    availableForMs: number,
  ) {
    this.#clock = clock
    this.#hub = hub
    this.#health = health
    this.#events = events
    this.#log = log
    this.#availableForMs = availableForMs
    this.#newcomers = new Newcomers(clock, log, (serial) => this.#whereabouts(serial))
    this.#startedAtSteadyMs = clock.now().steadyMs
  }

  /**
   * A thermostat has called: makes sure that it is on file.
   *
   * @throws NleError `rate_limited` for a new one while there is no room for it
   */
  heard(tx: Transaction, caller: Caller, facts?: EntryFacts): void {
    const now = this.#clock.now()
    const { serial, network } = caller
    // It may have been deleted, or forgotten after a long silence, since it called last.
    const device = tx.store.devices.get(serial)
    if (device === undefined) this.#meet(tx, caller, now)
    // When all come back after a restart, what is on file is new enough. And while nothing can be
    // written, this must not keep who only wants to hold from holding.
    else if (
      Math.abs(now.wallMs - device.lastSeenAtMs) >= PERSIST_MS &&
      this.#health.trouble === undefined
    ) {
      tx.store.devices.setSeen(serial, now.wallMs)
    }
    if (facts !== undefined) tx.store.devices.setFacts(serial, facts)
    tx.after(() => {
      const contact = this.#bySerial.get(serial) ?? { seen: now, network, wasAvailable: false }
      contact.seen = now
      contact.network = network
      this.#bySerial.set(serial, contact)
      if (!contact.wasAvailable) {
        contact.wasAvailable = true
        this.#events.emit('availabilityChanged', serial, true)
      }
    })
  }

  #meet(tx: Transaction, { serial, network }: Caller, now: Now): void {
    const forgotten = this.#newcomers.admit(tx, network)
    tx.store.devices.insert(serial, now.wallMs)
    // At once: who comes later in the same turn must find it here.
    this.#bySerial.set(serial, { seen: now, network, wasAvailable: false })
    tx.otherwise(() => this.#bySerial.delete(serial))
    tx.markChanged(serial)
    tx.after(() => {
      this.#log.info('new thermostat', { serial, network })
      if (forgotten === undefined) return
      this.forget(forgotten)
      this.#hub.finish(forgotten)
      this.#log.info('an unpaired thermostat was forgotten for it', { serial: forgotten })
    })
  }

  #whereabouts(serial: string): Whereabouts {
    const contact = this.#bySerial.get(serial)
    const sinceMs = contact?.seen.steadyMs ?? this.#startedAtSteadyMs
    const silentMs = this.#hub.count(serial) > 0 ? 0 : this.#clock.now().steadyMs - sinceMs
    return { network: contact?.network, silentMs }
  }

  /** When it was last heard of, wall clock ms; undefined when that was not in this process. */
  lastSeenMs(serial: string): number | undefined {
    return this.#bySerial.get(serial)?.seen.wallMs
  }

  /** Whether it is on the line, or was a moment ago. */
  isAvailable(serial: string): boolean {
    if (this.#hub.count(serial) > 0) return true
    const seen = this.#bySerial.get(serial)?.seen.steadyMs
    return seen !== undefined && this.#clock.now().steadyMs - seen < this.#availableForMs
  }

  forget(serial: string): void {
    this.#bySerial.delete(serial)
  }

  /** Tells of thermostats that have not been heard of for too long. */
  noticeSilence(): void {
    const { steadyMs } = this.#clock.now()
    for (const [serial, contact] of this.#bySerial) {
      if (steadyMs - contact.seen.steadyMs > REMEMBER_MS && this.#hub.count(serial) === 0) {
        this.#bySerial.delete(serial)
      }
      if (!contact.wasAvailable || this.isAvailable(serial)) continue
      contact.wasAvailable = false
      this.#log.warn('thermostat is silent', { serial })
      this.#events.emit('availabilityChanged', serial, false)
    }
  }

  /** Writes down what only memory knows; for the end of the process. */
  persist(tx: Transaction): void {
    for (const [serial, { seen }] of this.#bySerial) {
      tx.store.devices.setSeen(serial, seen.wallMs)
    }
  }
}

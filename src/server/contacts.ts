import { NleError } from '../errors.ts'
import type { EntryFacts } from '../protocol/entry.ts'
import type { Now } from '../protocol/now.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './events.ts'
import type { SubscriptionHub } from './hub.ts'
import type { Logger } from './logger.ts'
import type { Transaction } from './writer.ts'

/** Thermostats that were never paired, at most: whoever makes up serials must not fill the disk. */
const MAX_UNPAIRED = 256
/** How often "last seen" goes to disk: an SD card is worth more than these minutes. */
const PERSIST_MS = 10 * 60_000

interface Contact {
  seen: Now
  wasAvailable: boolean
}

/** When each thermostat was last heard of. Kept in memory, and written down now and then. */
export class Contacts {
  readonly #bySerial = new Map<string, Contact>()
  readonly #clock: Clock
  readonly #hub: SubscriptionHub
  readonly #events: EventBus
  readonly #log: Logger
  readonly #availableForMs: number

  /** @param availableForMs - without a subscription: how long after a request it counts as online */
  constructor(
    clock: Clock,
    hub: SubscriptionHub,
    events: EventBus,
    log: Logger,
    availableForMs: number,
  ) {
    this.#clock = clock
    this.#hub = hub
    this.#events = events
    this.#log = log
    this.#availableForMs = availableForMs
  }

  /**
   * A thermostat has called: makes sure that it is on file.
   *
   * @throws NleError `rate_limited` when too many unpaired ones are on file already
   */
  heard(tx: Transaction, serial: string, facts?: EntryFacts): void {
    const now = this.#clock.now()
    // It may have been deleted, or forgotten after a long silence, since it called last.
    const device = tx.store.devices.get(serial)
    if (device === undefined) this.#meet(tx, serial, now)
    // When all come back after a restart, what is on file is new enough.
    else if (Math.abs(now.wallMs - device.lastSeenAtMs) >= PERSIST_MS) {
      tx.store.devices.setSeen(serial, now.wallMs)
    }
    if (facts !== undefined) tx.store.devices.setFacts(serial, facts)
    tx.after(() => {
      const contact = this.#bySerial.get(serial) ?? { seen: now, wasAvailable: false }
      contact.seen = now
      this.#bySerial.set(serial, contact)
      if (!contact.wasAvailable) {
        contact.wasAvailable = true
        this.#events.emit('availabilityChanged', serial, true)
      }
    })
  }

  #meet(tx: Transaction, serial: string, now: Now): void {
    if (tx.store.devices.countUnpaired() >= MAX_UNPAIRED) {
      throw new NleError(
        'rate_limited',
        `Too many unpaired thermostats are on file (${MAX_UNPAIRED}); this one is not served until some are forgotten.`,
      )
    }
    tx.store.devices.insert(serial, now.wallMs)
    tx.markChanged(serial)
    tx.after(() => this.#log.info('new thermostat', { serial }))
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
    for (const [serial, contact] of this.#bySerial) {
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

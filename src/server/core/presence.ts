import type { Now } from '../../protocol/now.ts'
import type { EntryFacts } from '../../protocol/pairing/entry-document.ts'
import { type Contact, decideContact } from '../../protocol/thermostat/contact.ts'
import { decideEviction } from '../../protocol/thermostat/decide-removal.ts'
import type { Decision, DecisionInput } from '../../protocol/thermostat/decision.ts'
import type { Store } from '../../store/store.ts'
import { Admission, type Whereabouts } from './admission.ts'
import type { Clock } from './clock.ts'
import type { EventBus } from './event-bus.ts'
import type { Logger } from './logger.ts'
import type { StoreHealth } from './store-health.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { Writer } from './writer.ts'

/** After so long what is on file says enough. */
const REMEMBER_MS = 86_400_000

/** A thermostat that calls. */
export interface Caller {
  readonly serial: string
  /** Where from; see `networkOf`. */
  readonly network: string
}

interface LastContact {
  seen: Now
  network: string
  wasAvailable: boolean
}

export interface PresenceParts {
  readonly store: Store
  readonly writer: Writer
  readonly clock: Clock
  readonly subscriptions: Subscriptions
  readonly health: StoreHealth
  readonly events: EventBus
  readonly log: Logger
  /** Without a subscription: how long after a request a thermostat counts as available, ms. */
  readonly availableForMs: number
}

/** When each thermostat was last heard of. Kept in memory, and written down now and then. */
export class Presence {
  readonly #bySerial = new Map<string, LastContact>()
  readonly #parts: PresenceParts
  readonly #admission: Admission
  readonly #startedAtSteadyMs: number
  /** One after another: each has to find the place of the one before it taken. */
  #admissions: Promise<void> = Promise.resolve()

  constructor(parts: PresenceParts) {
    this.#parts = parts
    const { store, clock, log } = parts
    this.#admission = new Admission(store, clock, log, (serial) => this.#whereabouts(serial))
    this.#startedAtSteadyMs = clock.now().steadyMs
  }

  /**
   * Decides on a request of a thermostat, which is put on file with it if it is new; see
   * `Writer.run`. `failed` gets NleError `rate_limited` for a new one while there is no place.
   */
  run<Reply>(
    caller: Caller,
    decide: (input: DecisionInput, contact: Contact) => Decision<Reply>,
    done: (reply: Reply) => void,
    failed: (error: unknown) => void,
    facts?: EntryFacts,
  ): void {
    const { writer, health } = this.#parts
    const { serial, network } = caller
    const isNew = !this.#bySerial.has(serial)
    const work = (): void =>
      writer.run(
        serial,
        (input) =>
          decide(input, {
            network,
            writesSeen: health.trouble === undefined,
            ...(facts === undefined ? {} : { facts }),
          }),
        (reply) => {
          this.#heard(caller)
          done(reply)
        },
        (error) => {
          if (isNew) {
            this.#bySerial.delete(serial)
            writer.forget(serial)
          }
          failed(error)
        },
      )
    if (!isNew) work()
    else {
      const admitted = this.#admissions.then(() => this.#admit(caller))
      admitted.then(work, failed)
      this.#admissions = admitted.catch(() => undefined)
    }
  }

  /** As `run`, as a promise. */
  decide<Reply>(
    caller: Caller,
    decide: (input: DecisionInput, contact: Contact) => Decision<Reply>,
    facts?: EntryFacts,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => this.run(caller, decide, resolve, reject, facts))
  }

  /** A thermostat has called, and wants nothing decided. */
  heard(caller: Caller, facts?: EntryFacts): Promise<undefined> {
    return this.decide(caller, decideContact, facts)
  }

  #heard({ serial, network }: Caller): void {
    const contact = this.#bySerial.get(serial)
    const now = this.#parts.clock.now()
    const wasAvailable = contact?.wasAvailable ?? false
    this.#bySerial.set(serial, { seen: now, network, wasAvailable: true })
    if (!wasAvailable) this.#parts.events.emit('availabilityChanged', serial, true)
  }

  /** Lets a thermostat in that this process has not heard of. @throws NleError `rate_limited` */
  async #admit({ serial, network }: Caller): Promise<void> {
    const { store, clock } = this.#parts
    const { device } = await store.load(serial)
    if (device !== undefined) return
    const evicted = await this.#admission.admit(network)
    if (evicted !== undefined) await this.#evict(evicted)
    // At once: a newcomer of the same turn must find it among those who have a place.
    this.#bySerial.set(serial, { seen: clock.now(), network, wasAvailable: false })
  }

  async #evict(serial: string): Promise<void> {
    const { writer, subscriptions, log } = this.#parts
    if (!(await writer.decide(serial, decideEviction))) return
    this.forget(serial)
    writer.forget(serial)
    subscriptions.finish(serial)
    log.info('an unpaired thermostat was forgotten for it', { serial })
  }

  #whereabouts(serial: string): Whereabouts {
    const { subscriptions, clock } = this.#parts
    const contact = this.#bySerial.get(serial)
    const sinceMs = contact?.seen.steadyMs ?? this.#startedAtSteadyMs
    const silentMs = subscriptions.count(serial) > 0 ? 0 : clock.now().steadyMs - sinceMs
    return { network: contact?.network, silentMs }
  }

  /** When it was last heard of, wall clock ms; undefined when that was not in this process. */
  lastSeenMs(serial: string): number | undefined {
    return this.#bySerial.get(serial)?.seen.wallMs
  }

  /** Whether it holds a connection, or called a moment ago. */
  isAvailable(serial: string): boolean {
    const { subscriptions, clock, availableForMs } = this.#parts
    if (subscriptions.count(serial) > 0) return true
    const seenMs = this.#bySerial.get(serial)?.seen.steadyMs
    return seenMs !== undefined && clock.now().steadyMs - seenMs < availableForMs
  }

  forget(serial: string): void {
    this.#bySerial.delete(serial)
  }

  /** Reports thermostats that have been silent for too long. */
  noticeSilence(): void {
    const { clock, subscriptions, log, events } = this.#parts
    const { steadyMs } = clock.now()
    for (const [serial, contact] of this.#bySerial) {
      if (steadyMs - contact.seen.steadyMs > REMEMBER_MS && subscriptions.count(serial) === 0) {
        this.#bySerial.delete(serial)
      }
      if (!contact.wasAvailable || this.isAvailable(serial)) continue
      contact.wasAvailable = false
      log.warn('thermostat is silent', { serial })
      events.emit('availabilityChanged', serial, false)
    }
  }

  /** When each thermostat was last heard of (wall clock, ms), to be written at the end. */
  seen(): Map<string, number> {
    return new Map([...this.#bySerial].map(([serial, { seen }]) => [serial, seen.wallMs]))
  }
}

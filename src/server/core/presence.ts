import { NleError } from '../../errors.ts'
import type { Now } from '../../protocol/now.ts'
import type { EntryFacts } from '../../protocol/pairing/entry-document.ts'
import type { Unpaired } from '../../protocol/pairing/newcomer-limits.ts'
import type { PresentedPassword } from '../../protocol/pairing/password.ts'
import type { Contact } from '../../protocol/thermostat/contact.ts'
import { decideEviction } from '../../protocol/thermostat/decide-removal.ts'
import type { Decision, DecisionInput } from '../../protocol/thermostat/decision.ts'
import { reachableForMs } from '../../protocol/thermostat/reachable.ts'
import type { LastSeen } from '../../store/shared-store.ts'
import { Admission } from './admission.ts'
import type { Timer } from './clock.ts'
import type { Writer, WriterParts } from './writer.ts'

/** How long after a hold a thermostat of another process may be heard of: it is told every half minute. */
const ELSEWHERE_MS = 60_000

/** Contacts older than this are only kept on file. */
const REMEMBER_MS = 86_400_000

/** The thermostat that sends a request. */
export interface Caller {
  readonly serial: string
  /** The address or network that it calls from; see `limitKey`. */
  readonly network: string
  /** Left out for one without a password. */
  readonly password?: PresentedPassword
  /** Its connection; left out where there is none that could close. */
  readonly socket?: { readonly destroyed: boolean }
}

interface LastContact {
  seen: Now
  network: string
  /** As it was last reported. */
  wasAvailable: boolean
}

export interface PresenceParts extends WriterParts {
  readonly writer: Writer
  /** How long a connection is held (`S4`), ms. */
  readonly holdMs: number
}

/** What other processes on the same database have heard. */
export interface Elsewhere {
  /** The last contact with any of them, wall clock, ms; undefined when it was not asked for. */
  heardMs(serial: string): number | undefined
  /** Asks for these. */
  learn(serials: readonly string[]): Promise<void>
}

/** The last contact of each thermostat, in memory; it is written to the store from time to time. */
export class Presence {
  readonly #bySerial = new Map<string, LastContact>()
  /** By serial, of available thermostats: fires when one may have become silent. */
  readonly #silences = new Map<string, Timer>()
  #stopped = false
  readonly #parts: PresenceParts
  readonly #admission: Admission
  readonly #startedAtSteadyMs: number
  /** Undefined where one process serves all thermostats. */
  #elsewhere: Elsewhere | undefined
  /** One after another: each has to find the place of the one before it taken. */
  #admissions: Promise<void> = Promise.resolve()

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#admission = new Admission(parts, (serial, heard) => this.#unpaired(serial, heard))
    this.#startedAtSteadyMs = parts.clock.now().steadyMs
  }

  /**
   * Decides on a request of a thermostat, as `Writer.run` does, and puts a new thermostat on file.
   * `failed` gets NleError `rate_limited` for a new one without a place.
   */
  run<Reply>(
    caller: Caller,
    decide: (input: DecisionInput, contact: Contact) => Decision<Reply>,
    done: (reply: Reply, isLate: boolean) => void,
    failed: (error: unknown) => void,
    facts?: EntryFacts,
  ): void {
    const { writer, health } = this.#parts
    const { serial, network } = caller
    const isNew = !this.#bySerial.has(serial)
    const work = (): void =>
      writer.run(
        serial,
        (input) => {
          refuseGone(caller)
          return decide(input, { network, facts, writesSeen: health.trouble === undefined })
        },
        (reply, isLate) => {
          this.#recordContact(caller)
          done(reply, isLate)
        },
        (error) => {
          if (isNew) this.forget(serial)
          failed(error)
        },
      )
    if (isNew) this.#admit(caller, work).catch(failed)
    else work()
  }

  /** As `run`, as a promise. */
  decide<Reply>(
    caller: Caller,
    decide: (input: DecisionInput, contact: Contact) => Decision<Reply>,
    facts?: EntryFacts,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => this.run(caller, decide, resolve, reject, facts))
  }

  #recordContact({ serial, network }: Caller): void {
    const { clock, events } = this.#parts
    const wasAvailable = this.#bySerial.get(serial)?.wasAvailable ?? false
    this.#bySerial.set(serial, { seen: clock.now(), network, wasAvailable: true })
    if (!this.#silences.has(serial)) this.#noticeSilenceLater(serial)
    if (!wasAvailable) events.emit('availabilityChanged', serial, true)
  }

  /** Looks again when the thermostat would be silent: until then each request only moves that instant. */
  #noticeSilenceLater(serial: string): void {
    if (this.#stopped) return
    const delayMs = this.#reachableForMs(serial) || ELSEWHERE_MS
    const timer = this.#parts.clock.setTimer(delayMs, () => {
      this.#silences.delete(serial)
      if (this.isAvailable(serial)) this.#noticeSilenceLater(serial)
      else this.#reportSilence(serial)
    })
    this.#silences.set(serial, timer)
  }

  #reportSilence(serial: string): void {
    const { log, events } = this.#parts
    const contact = this.#bySerial.get(serial)
    if (contact === undefined) return
    contact.wasAvailable = false
    log.warn('thermostat is silent', { serial })
    events.emit('availabilityChanged', serial, false)
  }

  #reachableForMs(serial: string, { steadyMs } = this.#parts.clock.now()): number {
    const { subscriptions, holdMs } = this.#parts
    const contact = this.#bySerial.get(serial)
    const isHeld = subscriptions.count(serial) > 0
    const heardAtSteadyMs = contact?.seen.steadyMs ?? Number.NEGATIVE_INFINITY
    return reachableForMs({ heardAtSteadyMs, isHeld }, holdMs, steadyMs)
  }

  /**
   * Does the work of a thermostat without a contact in this process: at once if it is on file, else
   * once it has a place. Newcomers get theirs one after the other, so that each counts those before it.
   *
   * @throws NleError `rate_limited`
   */
  async #admit(caller: Caller, work: () => void): Promise<void> {
    const { device } = await this.#parts.store.load(caller.serial)
    if (device !== undefined) return work()
    const admitted = this.#admissions.then(() => this.#findPlace(caller)).then(work)
    this.#admissions = admitted.catch(() => undefined)
    return admitted
  }

  async #findPlace({ serial, network }: Caller): Promise<void> {
    const evicted = await this.#admission.admit(network)
    if (evicted !== undefined) await this.#evict(evicted)
    // Before the decision, so that the next newcomer does not evict this one.
    this.#bySerial.set(serial, { seen: this.#parts.clock.now(), network, wasAvailable: false })
  }

  async #evict(serial: string): Promise<void> {
    const { writer, subscriptions, log } = this.#parts
    if (!(await writer.decide(serial, decideEviction))) return
    this.forget(serial)
    subscriptions.finish(serial)
    log.info('an unpaired thermostat was forgotten for it', { serial })
  }

  /** @param heard - the last contact of any process, where there are several: their clock is one */
  #unpaired(serial: string, heard: LastSeen | undefined): Unpaired {
    const { subscriptions, clock } = this.#parts
    const contact = this.#bySerial.get(serial)
    const ownMs = contact?.seen.steadyMs ?? (heard === undefined ? this.#startedAtSteadyMs : 0)
    const sinceMs = Math.max(ownMs, heard?.atMs ?? 0)
    const silentMs = subscriptions.count(serial) > 0 ? 0 : clock.now().steadyMs - sinceMs
    return { serial, network: contact?.network ?? heard?.network, silentMs }
  }

  /** From now on other processes serve thermostats, too. */
  hearFrom(elsewhere: Elsewhere): void {
    this.#elsewhere = elsewhere
  }

  /** To be called before `lastSeenMs` and `isAvailable` are asked about these, which other processes may serve. */
  async learn(serials: readonly string[]): Promise<void> {
    if (this.#elsewhere === undefined) return
    const silent = serials.filter((serial) => this.#reachableForMs(serial) === 0)
    if (silent.length > 0) await this.#elsewhere.learn(silent)
  }

  /** The time of its last contact, wall clock, ms; undefined without any in this process, as far as it has heard. */
  lastSeenMs(serial: string): number | undefined {
    const own = this.#bySerial.get(serial)?.seen.wallMs
    const other = this.#elsewhere?.heardMs(serial)
    if (other === undefined || other === 0) return own
    return Math.max(own ?? 0, other)
  }

  /** Whether it is reachable: it holds a connection, or has not been silent for longer than a hold. */
  isAvailable(serial: string, now = this.#parts.clock.now()): boolean {
    return this.#reachableForMs(serial, now) > 0 || this.#isHeardElsewhere(serial)
  }

  /** Whether no other process, as far as it is known here, has heard of a thermostat since this one did. */
  isServedHere(serial: string): boolean {
    return this.#bySerial.has(serial) && !this.isServedElsewhere(serial)
  }

  /** Whether another process has heard of a thermostat since this one did. */
  isServedElsewhere(serial: string): boolean {
    if (this.#elsewhere === undefined || this.#parts.subscriptions.count(serial) > 0) return false
    const contact = this.#bySerial.get(serial)
    if (contact === undefined) return this.#isHeardElsewhere(serial)
    return (this.#elsewhere.heardMs(serial) ?? 0) > contact.seen.wallMs
  }

  /**
   * Another process has heard of it, or it is known that none has. Returns whether this one knows it, and
   * reports it itself.
   */
  noteElsewhere(serial: string): boolean {
    const contact = this.#bySerial.get(serial)
    if (contact === undefined) return false
    if (!contact.wasAvailable && this.isAvailable(serial)) {
      contact.wasAvailable = true
      if (!this.#silences.has(serial)) this.#noticeSilenceLater(serial)
      this.#parts.events.emit('availabilityChanged', serial, true)
    }
    return true
  }

  #isHeardElsewhere(serial: string): boolean {
    const heardMs = this.#elsewhere?.heardMs(serial)
    if (heardMs === undefined) return false
    const { clock, holdMs } = this.#parts
    return clock.now().wallMs < heardMs + holdMs + ELSEWHERE_MS
  }

  /** Drops what memory has of a thermostat that is not on file: its last contact, memory and retry. */
  forget(serial: string): void {
    this.#bySerial.delete(serial)
    this.#parts.clock.clearTimer(this.#silences.get(serial))
    this.#silences.delete(serial)
    this.#parts.writer.forget(serial)
  }

  /** Drops contacts that are old. */
  forgetOld(): void {
    const { clock } = this.#parts
    const { steadyMs } = clock.now()
    for (const [serial, { seen }] of this.#bySerial) {
      if (steadyMs - seen.steadyMs > REMEMBER_MS && !this.isAvailable(serial)) {
        this.#bySerial.delete(serial)
      }
    }
  }

  /** The server ends: a thermostat that falls silent is not reported any more. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#silences.values()) this.#parts.clock.clearTimer(timer)
    this.#silences.clear()
  }

  /** Each thermostat's last contact. */
  seen(): Map<string, LastSeen> {
    return new Map(
      [...this.#bySerial].map(([serial, { seen, network }]) => [
        serial,
        { atMs: seen.wallMs, network },
      ]),
    )
  }
}

/**
 * A thermostat that hung up has sent its request again, perhaps to another server. After a pause of this process
 * that was long ago: what it said would take the place of what it has said since.
 *
 * @throws NleError `cancelled`
 */
function refuseGone({ socket }: Caller): void {
  if (socket?.destroyed === true) throw new NleError('cancelled', 'The thermostat hung up.')
}

import { NleError } from '../errors.ts'
import type { DeviceBucket } from './device/device-bucket.ts'
import { createProfile, type ProfileOptions } from './device/profile.ts'
import { Firmware } from './firmware.ts'
import type { WireObject } from './json.ts'
import type { Effect, LogEntry, LogEntryBody, Screen, Violation } from './signals/effects.ts'
import type { FirmwareHappening, SensorReadings } from './signals/firmware-events.ts'
import { SocketsAndTimers } from './sockets/sockets-and-timers.ts'
import { realTimers, type Timers } from './timers.ts'

export interface VirtualThermostatOptions extends ProfileOptions {
  /** Default: the process's own clock. */
  readonly timers?: Timers
}

const LOG_LIMIT = 2000

/**
 * A running thermostat: the firmware model on real sockets. A test reads what happened (`on`,
 * `log`, `violations`) and waits for it without polling (`whenPaired`, `waitFor`).
 */
export class VirtualThermostat {
  readonly serial: string
  readonly #firmware: Firmware
  readonly #timers: Timers
  readonly #sockets: SocketsAndTimers
  readonly #log: LogEntry[] = []
  readonly #violations: Violation[] = []
  readonly #listeners = new Set<(entry: LogEntry) => void>()
  readonly #queue: FirmwareHappening[] = []
  readonly #waiters = new Set<{ check: () => void; reject: (error: Error) => void }>()
  #state: 'new' | 'running' | 'stopped' = 'new'
  #violationCount = 0

  constructor(options: VirtualThermostatOptions) {
    const { timers, ...profile } = options
    this.#firmware = new Firmware(createProfile(profile))
    this.#timers = timers ?? realTimers
    this.#sockets = new SocketsAndTimers(this.#timers, (happening) => this.#happen(happening))
    this.serial = profile.serial
  }

  /** Powers it on. A second call does nothing; a stopped thermostat stays off. */
  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'running'
    this.#happen({ type: 'booted' })
  }

  /** Cuts the power: closes every connection, clears every timer, rejects every pending wait. */
  stop(): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#sockets.stop()
    const error = new NleError('cancelled', `The virtual thermostat ${this.serial} was stopped.`)
    for (const waiter of this.#waiters) waiter.reject(error)
    this.#waiters.clear()
  }

  get screen(): Screen {
    return this.#firmware.screen
  }

  /** The code on the screen as the server gave it (`A3XR7M2`), while there is one. */
  get code(): string | undefined {
    return this.screen.phase === 'code' ? this.screen.code : undefined
  }

  get paired(): boolean {
    return this.#firmware.paired
  }

  /** True while a field waits to be put or applied (see `Firmware.unsettled`). */
  get unsettled(): boolean {
    return this.#firmware.unsettled
  }

  /** Every bucket as the thermostat has it, by key. */
  buckets(): ReadonlyMap<string, DeviceBucket> {
    return new Map(this.#firmware.buckets)
  }

  /** The fields of one bucket; empty when there is no such bucket. `shared` stands for `shared.SERIAL`. */
  value(key: string): WireObject {
    const full = key.includes('.') ? key : `${key}.${this.serial}`
    return this.#firmware.buckets.get(full)?.value ?? {}
  }

  get subscriptions(): number {
    return this.#firmware.subscriptionIds.length
  }

  /** The violations it saw, oldest first; only the newest are kept. */
  get violations(): readonly Violation[] {
    return this.#violations
  }

  /** How many violations it has seen, including those no longer kept. */
  get violationCount(): number {
    return this.#violationCount
  }

  /** What happened, oldest first; only the newest entries are kept. */
  get log(): readonly LogEntry[] {
    return this.#log
  }

  /** Calls `listener` for every log entry from now on; the returned function unsubscribes it. */
  on(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  turnDial(celsius: number): void {
    this.#happen({ type: 'dialTurned', celsius })
  }

  /** Into manual eco, or out of it. */
  pressEco(): void {
    this.#happen({ type: 'ecoPressed' })
  }

  sense(readings: SensorReadings): void {
    this.#happen({ type: 'sensed', ...readings })
  }

  passScheduleTransition(celsius: number): void {
    this.#happen({ type: 'scheduleTransition', celsius })
  }

  reboot(options: { loseMemory?: boolean } = {}): void {
    this.#happen({ type: 'rebooted', loseMemory: options.loseMemory ?? false })
  }

  /** Resolves to the owner once the thermostat is paired. */
  whenPaired(): Promise<string> {
    return this.waitFor('being paired', ({ screen }) =>
      screen.phase === 'paired' ? screen.owner : undefined,
    )
  }

  /** Resolves to the code once one is on the screen. */
  whenCode(): Promise<string> {
    return this.waitFor('a code', ({ code }) => code)
  }

  /**
   * Calls `look` now and after every event, and resolves to its first result that is neither
   * undefined nor false. Rejects, naming `what`, when the thermostat is stopped.
   */
  waitFor<T>(
    what: string,
    look: (thermostat: VirtualThermostat) => T | undefined | false,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        try {
          const found = look(this)
          if (found === undefined || found === false) return
          resolve(found)
        } catch (error) {
          reject(error)
        }
        this.#waiters.delete(waiter)
      }
      const fail = (error: Error): void => {
        const message = `Stopped waiting for ${what}. ${error.message}`
        reject(new NleError('cancelled', message, { cause: error }))
      }
      const waiter = { check, reject: fail }
      if (this.#state === 'stopped') fail(new Error('The thermostat is off.'))
      this.#waiters.add(waiter)
      check()
    })
  }

  /** One event at a time: an event that a listener causes waits until the current one is handled. */
  #happen(happening: FirmwareHappening): void {
    this.#queue.push(happening)
    if (this.#queue.length > 1) return
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      try {
        if (this.#state === 'running') this.#handle(next)
      } finally {
        this.#queue.shift()
      }
    }
  }

  #handle(happening: FirmwareHappening): void {
    const effects = this.#firmware.handle({ ...happening, nowMs: this.#timers.nowMs() })
    for (const effect of effects) {
      if (this.#state === 'running') this.#carryOut(effect)
    }
    for (const waiter of [...this.#waiters]) waiter.check()
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'sendRequest':
        this.#sockets.send(effect.request)
        break
      case 'abortRequest':
        this.#sockets.abort(effect.requestId)
        break
      case 'armTimer':
        this.#sockets.arm(effect.timer, effect.atMs)
        break
      case 'cancelTimer':
        this.#sockets.cancel(effect.timer)
        break
      case 'screenChanged':
        this.#tell({ kind: 'screen', screen: effect.screen })
        break
      case 'ruleViolated': {
        const { rule, detail, timing } = effect.violation
        this.#violationCount += 1
        keep(this.#violations, effect.violation)
        this.#tell({ kind: 'violation', rule, detail, timing })
        break
      }
      case 'noted':
        this.#tell(effect.note)
        break
    }
  }

  #tell(entry: LogEntryBody): void {
    const stamped: LogEntry = { ...entry, atMs: this.#timers.nowMs(), serial: this.serial }
    keep(this.#log, stamped)
    for (const listener of [...this.#listeners]) listener(stamped)
  }
}

/** Adds to a list that keeps only its newest items: a thermostat may run for weeks. */
function keep<T>(list: T[], item: T): void {
  list.push(item)
  // Cutting at twice the limit keeps a push cheap on average.
  if (list.length > LOG_LIMIT * 2) list.splice(0, LOG_LIMIT + 1)
}

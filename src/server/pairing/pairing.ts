import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import {
  type ClaimResult,
  decideClaim,
  decideDismissal,
  decidePassphrase,
  decidePassphraseStatus,
  decideRelease,
  isPairingConfirmed,
} from '../../protocol/pairing/decide-pairing.ts'
import { makeCode } from '../../protocol/pairing/entry-key.ts'
import {
  type Asker,
  codeRefusal,
  isPairedAnew,
  isPinned,
} from '../../protocol/pairing/password-rules.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { Core } from '../core/core.ts'
import type { Caller } from '../core/presence.ts'
import { unknownDevice } from '../thermostats/views.ts'
import type { DevicePasswords } from './device-passwords.ts'
import { HeldBackCallers } from './held-back.ts'

/** Of 25⁷ codes a few hundred are on file: a second try is rare, a third one points to a defect. */
const MAX_CODE_TRIES = 20

/** A thermostat that shows a code. */
export interface ShownCode {
  readonly state: ViewedState
  /** Wall clock, ms. */
  readonly sinceMs: number
  /** Whether it is paired already; see `isPairedAnew`. */
  readonly isAnew: boolean
}

/** Something that asks for the code of a paired thermostat with another password, and gets none yet (`P6`). */
export interface HeldBack {
  readonly state: ViewedState
  /** Wall clock, ms. */
  readonly sinceMs: number
  /** When it gets a code if the known password stays silent; wall clock, ms. */
  readonly codeAtMs: number
}

/** Pairing (section 3): entry keys and claims. */
export class Pairing {
  readonly #core: Core
  readonly #passwords: DevicePasswords
  readonly #heldBack: HeldBackCallers

  constructor(core: Core, passwords: DevicePasswords) {
    this.#core = core
    this.#passwords = passwords
    this.#heldBack = new HeldBackCallers(core)
  }

  /**
   * The key for a device to show on its screen (`P1` to `P4`); undefined for a caller that has to wait
   * (`P6`).
   *
   * @throws NleError `forbidden` while the code belongs to a caller with another password
   */
  async passphrase(caller: Caller): Promise<{ value: string; expires: number } | undefined> {
    const { store, presence, settings } = this.#core
    const state = await store.load(caller.serial)
    const asker = this.#passwords.asker(caller, state)
    // Before anything is recorded: a refused caller is not the thermostat.
    if (!this.#admits(caller, asker, state)) return undefined
    const fresh = { freshCode: await this.#freshCode(), ttlS: settings.entryKeyTtlS }
    const reply = await presence.decide(caller, (input, contact) =>
      decidePassphrase(input, contact, fresh, asker),
    )
    return 'refused' in reply ? this.#refused(caller, reply.refused) : reply
  }

  /**
   * The answer to a device that asks for the status of its key (`P7`); as `passphrase` for a pinned
   * thermostat.
   */
  async status(caller: Caller): Promise<JsonObject | undefined> {
    const { store, writer, settings } = this.#core
    const { serial } = caller
    const state = await store.load(serial)
    const asker = this.#passwords.asker(caller, state)
    const isJudged = isPinned(state, settings.deviceAuth === 'pin')
    if (isJudged && !this.#admits(caller, asker, state)) return undefined
    return writer.decide(serial, (input) => decidePassphraseStatus(input, asker))
  }

  #admits(caller: Caller, asker: Asker, state: ThermostatState): boolean {
    const refused = codeRefusal(state, asker, this.#core.clock.now().steadyMs)
    if (refused !== undefined) this.#refused(caller, refused)
    return refused === undefined
  }

  #refused({ serial, network }: Caller, why: 'wait' | 'other asker'): undefined {
    if (why === 'other asker') throw this.#passwords.refusal(serial)
    this.#heldBack.note(serial, network)
  }

  /** Thermostats with an open key that waits to be claimed; never their codes (`I5`). */
  async waiting(): Promise<ShownCode[]> {
    const { store, clock } = this.#core
    const { steadyMs } = clock.now()
    const keys = await store.openKeys(steadyMs)
    const waiting = await Promise.all(
      keys.map(async ({ serial, createdAtMs }) => {
        const state = await store.shown(serial)
        return { state, sinceMs: createdAtMs, isAnew: isPairedAnew(state, steadyMs) }
      }),
    )
    return waiting.filter(({ state, isAnew }) => state.owner === undefined || isAnew)
  }

  /** The callers that get no code yet, longest waiting first. */
  async heldBack(): Promise<HeldBack[]> {
    const { store, clock } = this.#core
    const { wallMs, steadyMs } = clock.now()
    const held = await Promise.all(
      this.#heldBack.list().map(async ({ serial, sinceMs }) => {
        const state = await store.shown(serial)
        const inMs = Math.max(0, this.#passwords.silentFromMs(state) - steadyMs)
        return { state, sinceMs, codeAtMs: wallMs + inMs }
      }),
    )
    return held
      .filter(({ state }) => state.password !== undefined && !isPairedAnew(state, steadyMs))
      .sort((a, b) => a.sinceMs - b.sinceMs)
  }

  /** Whether the thermostat knows its owner (`P7`, `P11`). */
  isConfirmed(state: ThermostatState): boolean {
    return isPairingConfirmed(this.#core.writer.inputOf(state))
  }

  /**
   * Claims a key for a user (`P9`).
   *
   * @param code - in its normal form (`normalizeCode`)
   */
  async claim(code: string, userId: string): Promise<ClaimResult> {
    const { store, writer } = this.#core
    const key = await store.keyByCode(code)
    if (key === undefined) return { success: false, reason: 'unknown' }
    return writer.decide(key.serial, (input) => decideClaim(input, code, userId))
  }

  /** Empties the pairing dialog of a thermostat (`P13`); false when it was empty already. */
  async dismiss(serial: string): Promise<boolean> {
    const dismissed = await this.#core.writer.decide(serial, decideDismissal)
    if (dismissed === undefined) throw unknownDevice(serial)
    return dismissed
  }

  /** Unpairs a thermostat, which stays on file; false when this user does not own it. */
  release(serial: string, userId: string): Promise<boolean> {
    return this.#core.writer.decide(serial, (input) => decideRelease(input, userId))
  }

  /** A code that no key on file has (`P2`). */
  async #freshCode(): Promise<string> {
    const { store, randomInt } = this.#core
    for (let attempt = 0; attempt < MAX_CODE_TRIES; attempt++) {
      const code = makeCode(randomInt)
      if ((await store.keyByCode(code)) === undefined) return code
    }
    throw new NleError('store', 'No free entry key was found.')
  }
}

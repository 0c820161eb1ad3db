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
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { Core } from '../core/core.ts'
import type { Caller } from '../core/presence.ts'
import { unknownDevice } from '../thermostats/views.ts'

/** Of 25⁷ codes a few hundred are on file: a second try is rare, a third one points to a defect. */
const MAX_CODE_TRIES = 20

/** An unpaired thermostat with an open key. */
export interface WaitingState {
  readonly state: ViewedState
  /** Wall clock, ms. */
  readonly sinceMs: number
}

/** Pairing (section 3): entry keys and claims. */
export class Pairing {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** The key for a device to show on its screen (`P1` to `P4`). */
  async passphrase(caller: Caller): Promise<{ value: string; expires: number }> {
    const { presence, settings } = this.#core
    const freshCode = await this.#freshCode()
    return presence.decide(caller, (input, contact) =>
      decidePassphrase(input, contact, freshCode, settings.entryKeyTtlS),
    )
  }

  /** The answer to a device that asks for the status of its key (`P7`). */
  status(serial: string): Promise<JsonObject> {
    return this.#core.writer.decide(serial, decidePassphraseStatus)
  }

  /** Unpaired thermostats with an open key, and since when; never their codes (`I5`). */
  async waiting(): Promise<WaitingState[]> {
    const { store, clock } = this.#core
    const keys = await store.openKeys(clock.now().steadyMs)
    const waiting = await Promise.all(
      keys.map(async ({ serial, createdAtMs }) => ({
        state: await store.shown(serial),
        sinceMs: createdAtMs,
      })),
    )
    return waiting.filter(({ state }) => state.owner === undefined)
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

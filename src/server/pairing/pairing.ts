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
import type { Core } from '../core/core.ts'
import type { Caller } from '../core/presence.ts'
import { unknownDevice } from '../thermostats/views.ts'

/** 25⁷ codes, of which a few hundred are on file: a second try is rare, a third a defect. */
const MAX_CODE_TRIES = 20

/** Pairing (section 3): entry keys, claims, and what they write. */
export class Pairing {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /** The key a device shows on its screen (`P1` to `P4`). */
  async passphrase(caller: Caller): Promise<{ value: string; expires: number }> {
    const { presence, settings } = this.#core
    const freshCode = await this.#freshCode()
    return presence.decide(caller, (input, contact) =>
      decidePassphrase(input, contact, freshCode, settings.entryKeyTtlS),
    )
  }

  /** The answer to a device that asks what became of its key (`P7`). */
  status(serial: string): Promise<JsonObject> {
    return this.#core.writer.decide(serial, decidePassphraseStatus)
  }

  /** Thermostats that show a code nobody has typed in yet; never the codes (`I5`). */
  async waiting(): Promise<{ state: ThermostatState; sinceMs: number }[]> {
    const { store, clock } = this.#core
    const keys = await store.openKeys(clock.now().steadyMs)
    const waiting = await Promise.all(
      keys.map(async ({ serial, createdAtMs }) => ({
        state: await store.load(serial),
        sinceMs: createdAtMs,
      })),
    )
    return waiting.filter(({ state }) => state.owner === undefined)
  }

  /** Whether the thermostat itself has shown that it knows its owner (`P7`, `P11`). */
  isConfirmed(state: ThermostatState): boolean {
    return isPairingConfirmed(this.#core.writer.inputOf(state))
  }

  /**
   * Claims a key for a user: one commit (`P9`), then one body on every held subscription.
   *
   * @param code - in its normal form (`normalizeCode`)
   */
  async claim(code: string, userId: string): Promise<ClaimResult> {
    const { store, writer } = this.#core
    const key = await store.keyByCode(code)
    if (key === undefined) return { success: false, reason: 'unknown' }
    return writer.decide(key.serial, (input) => decideClaim(input, code, userId))
  }

  /** Takes the pairing dialog off a thermostat's screen (`P13`); false when there was none. */
  async dismiss(serial: string): Promise<boolean> {
    const dismissed = await this.#core.writer.decide(serial, decideDismissal)
    if (dismissed === undefined) throw unknownDevice(serial)
    return dismissed
  }

  /**
   * Ends an ownership: the thermostat stays on file, unpaired, and may be paired again.
   *
   * @returns false when this user does not own it
   */
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

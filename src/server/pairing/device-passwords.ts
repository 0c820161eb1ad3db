import { NleError } from '../../errors.ts'
import { decideCaller, type Standing } from '../../protocol/pairing/decide-caller.ts'
import { NO_PASSWORD } from '../../protocol/pairing/password.ts'
import { type Asker, isPinned } from '../../protocol/pairing/password-rules.ts'
import { isEmpty } from '../../protocol/thermostat/decision.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import { holdMs } from '../../protocol/transport/wire.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'
import type { Caller } from '../core/presence.ts'

/** More paired thermostats than a household has; one that is dropped counts as heard when it is next asked for. */
const MAX_HEARD = 16_384
/** A thermostat that is there calls at least once in a hold period. */
const SILENT_AFTER_HOLDS = 2

/** When a known password was last used. */
interface Heard {
  readonly hash: string
  readonly atSteadyMs: number
}

/**
 * The passwords that thermostats are known by (`I4`): remembers the one of each paired thermostat, and
 * refuses another one where it is pinned. All is decided with the commit, so of two passwords at once
 * exactly one is remembered.
 */
export class DevicePasswords {
  readonly #core: Core
  readonly #heard = new Map<string, Heard>()

  constructor(core: Core) {
    this.#core = core
  }

  /**
   * Admits the caller of a request that is not for its code.
   *
   * @throws NleError `forbidden` for a password that is not this thermostat's
   */
  async admit(caller: Caller): Promise<void> {
    const { serial } = caller
    const standing = await this.#standing(caller)
    if (standing === 'refused') throw this.refusal(serial)
    if (standing === 'nameless' && this.#core.settings.deviceAuth === 'pin') {
      this.#core.log.warn('thermostat has no password to remember', { serial })
    }
  }

  async #standing(caller: Caller): Promise<Standing> {
    const { store, writer, health } = this.#core
    const { serial } = caller
    const input = writer.inputOf(await store.load(serial))
    const asker = this.asker(caller, input.state)
    const { writes, reply } = decideCaller({ ...input, nextChangeId: 0 }, asker)
    if (isEmpty(writes)) return reply
    try {
      return await writer.decide(serial, (fresh) => decideCaller(fresh, asker))
    } catch (error) {
      // A hold must not fail because a password cannot be written, unless it would have to be refused.
      if (isPinned(input.state, asker.pinsAll)) throw error
      health.complain('password not remembered', error, { serial })
      return 'accepted'
    }
  }

  /** The caller as the rules on passwords see it. One with the known password counts as heard. */
  asker({ password = NO_PASSWORD }: Caller, state: ThermostatState): Asker {
    const { serial, password: known } = state
    const { steadyMs } = this.#core.clock.now()
    if (known !== undefined && password.matches(known)) {
      remember(this.#heard, serial, { hash: known.hash, atSteadyMs: steadyMs }, MAX_HEARD)
    }
    return {
      password,
      pinsAll: this.#core.settings.deviceAuth === 'pin',
      knownIsSilent: this.silentFromMs(state) <= steadyMs,
    }
  }

  /**
   * When the known password will have been silent for two hold periods; steady clock, ms. One that was not
   * heard by this process, or is known since a moment ago, counts as heard now.
   */
  silentFromMs({ serial, password: known }: ThermostatState): number {
    const { steadyMs } = this.#core.clock.now()
    if (known === undefined) return Number.POSITIVE_INFINITY
    let heard = this.#heard.get(serial)
    if (heard?.hash !== known.hash) {
      heard = { hash: known.hash, atSteadyMs: steadyMs }
      remember(this.#heard, serial, heard, MAX_HEARD)
    }
    return heard.atSteadyMs + SILENT_AFTER_HOLDS * holdMs(this.#core.settings.suspendTimeMaxS)
  }

  /** Whether the caller may read the pairing of its thermostat (`E7`); changes nothing. */
  async mayReadPairing({ serial, password }: Caller): Promise<boolean> {
    const state = await this.#core.store.load(serial)
    if (!isPinned(state, this.#core.settings.deviceAuth === 'pin')) return true
    return state.password !== undefined && password?.matches(state.password) === true
  }

  refusal(serial: string): NleError {
    this.#core.log.warn(
      'somebody with another password says to be this thermostat; if it was reset, "nle repin" takes its new password',
      { serial },
    )
    return new NleError('forbidden', 'Another password was remembered for this thermostat.')
  }
}

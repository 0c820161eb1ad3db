import { NleError } from '../../errors.ts'
import { type Access, accessFor } from '../../protocol/pairing/pairing-only.ts'
import { openKeyOf } from '../../protocol/thermostat/state.ts'
import type { Core } from '../core/core.ts'

/** Checks what a thermostat may do, by its pairing (`REQUIRE_DEVICE_PAIRING`). */
export class DeviceAccess {
  readonly #core: Core
  readonly #requiresPairing: boolean

  constructor(core: Core, requiresPairing: boolean) {
    this.#core = core
    this.#requiresPairing = requiresPairing
  }

  /** @throws NleError `unauthorized` for a thermostat that may only ask for its code */
  async check(serial: string): Promise<Exclude<Access, 'none'>> {
    // The usual case does not read the database.
    if (!this.#requiresPairing) return 'full'
    const { store, clock, log } = this.#core
    const state = await store.load(serial)
    const access = accessFor(true, {
      isOwned: state.owner !== undefined,
      hasOpenKey: openKeyOf(state, clock.now().steadyMs) !== undefined,
    })
    if (access !== 'none') return access
    log.debug('not served: neither paired nor about to be', { serial })
    throw unpaired()
  }
}

export function unpaired(): NleError {
  return new NleError('unauthorized', 'Device not authorized. Complete pairing first.')
}

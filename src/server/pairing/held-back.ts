import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'
import { CLIENT_MISTAKE_QUIET_MS } from '../core/logger.ts'

const MAX_HELD_BACK = 256
/** One that waits asks every few minutes. */
const GONE_AFTER_MS = 15 * 60_000

interface HeldBack {
  /** Wall clock, ms. */
  readonly sinceMs: number
  readonly askedAtSteadyMs: number
}

/** The serials under which something asks for a code that it does not get yet (`P6`). */
export class HeldBackCallers {
  readonly #core: Pick<Core, 'clock' | 'log'>
  readonly #bySerial = new Map<string, HeldBack>()

  constructor(core: Pick<Core, 'clock' | 'log'>) {
    this.#core = core
  }

  note(serial: string, network: string): void {
    const { wallMs, steadyMs } = this.#core.clock.now()
    const sinceMs = this.#waiting(serial)?.sinceMs ?? wallMs
    remember(this.#bySerial, serial, { sinceMs, askedAtSteadyMs: steadyMs }, MAX_HELD_BACK)
    this.#core.log.warn(
      'a paired thermostat asks for a code with another password: it was reset, or something else claims to be it; it gets one when the known password is silent, or after "nle repin"',
      { serial, network },
      { about: serial, quietMs: CLIENT_MISTAKE_QUIET_MS },
    )
  }

  /** Those that still ask, and since when (wall clock, ms). */
  list(): { serial: string; sinceMs: number }[] {
    return [...this.#bySerial.keys()].flatMap((serial) => {
      const held = this.#waiting(serial)
      return held === undefined ? [] : [{ serial, sinceMs: held.sinceMs }]
    })
  }

  #waiting(serial: string): HeldBack | undefined {
    const held = this.#bySerial.get(serial)
    const { steadyMs } = this.#core.clock.now()
    return held !== undefined && steadyMs - held.askedAtSteadyMs < GONE_AFTER_MS ? held : undefined
  }
}

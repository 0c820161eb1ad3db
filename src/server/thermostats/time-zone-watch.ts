import { timeZoneWarning } from '../../protocol/view/time-zone.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import { remember } from '../core/bounded-map.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'

/** A boot's reports come one after the other; the check waits for all of them. */
const GATHER_MS = 5_000
/** The least time between two checks of one thermostat. */
const AGAIN_AFTER_MS = 3_600_000
/** Thermostats in the LRU map, at most. */
const MAX_THERMOSTATS = 1024

/** Warns in the log, once for each paired thermostat, when its time zone differs from the server's. */
export class TimeZoneWatch {
  readonly #core: Core
  /** When each was checked last, on the steady clock, and whether the log has a warning. */
  readonly #checked = new Map<string, { readonly atSteadyMs: number; readonly warned: boolean }>()
  readonly #waiting = new Set<string>()
  readonly #unlisten: () => void
  #timer: Timer | undefined

  constructor(core: Core) {
    this.#core = core
    this.#unlisten = core.events.on('deviceChanged', (serial) => this.#mark(serial))
  }

  stop(): void {
    this.#unlisten()
    this.#core.clock.clearTimer(this.#timer)
  }

  #mark(serial: string): void {
    const { clock } = this.#core
    const last = this.#checked.get(serial)
    const isDue =
      last === undefined ||
      (!last.warned && clock.now().steadyMs - last.atSteadyMs >= AGAIN_AFTER_MS)
    if (!isDue || this.#waiting.size >= MAX_THERMOSTATS) return
    this.#waiting.add(serial)
    this.#timer ??= clock.setTimer(GATHER_MS, () => {
      this.#timer = undefined
      const serials = [...this.#waiting]
      this.#waiting.clear()
      for (const each of serials) {
        this.#check(each).catch((error: unknown) =>
          this.#core.health.complain('a time zone could not be checked', error, { serial: each }),
        )
      }
    })
  }

  async #check(serial: string): Promise<void> {
    const { store, clock, log, localOffsetS } = this.#core
    const state = await store.shown(serial)
    const { wallMs, steadyMs } = clock.now()
    const view = viewOf(state, wallMs)
    // Anybody on the network can make up a thermostat that is not paired.
    if (view === undefined || state.owner === undefined) return
    const warning = timeZoneWarning(view, localOffsetS)
    const checked = { atSteadyMs: steadyMs, warned: warning !== null }
    remember(this.#checked, serial, checked, MAX_THERMOSTATS)
    if (warning !== null) log.warn('time zones differ', { serial, reason: warning })
  }
}

import type { SharedStore } from '../../store/shared-store.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'
import type { Elsewhere } from '../core/presence.ts'

/** Thermostats in the LRU map, at most. */
const MAX_KNOWN = 100_000
/** What was asked of the database just now is not asked again. */
const FRESH_MS = 10_000

interface Heard {
  /** Wall clock, ms; 0 for never. */
  readonly atMs: number
  readonly askedAtMs: number
  readonly wasAvailable: boolean
}

/** The last contacts that other processes had with thermostats. Only those that were asked for are known. */
export class HeardElsewhere implements Elsewhere {
  readonly #core: Core
  readonly #shared: SharedStore
  readonly #known = new Map<string, Heard>()

  constructor(core: Core, shared: SharedStore) {
    this.#core = core
    this.#shared = shared
  }

  heardMs(serial: string): number | undefined {
    return this.#known.get(serial)?.atMs
  }

  async learn(serials: readonly string[]): Promise<void> {
    const nowMs = this.#core.clock.now().wallMs
    const unknown = serials.filter(
      (serial) => nowMs - (this.#known.get(serial)?.askedAtMs ?? 0) >= FRESH_MS,
    )
    if (unknown.length > 0) await this.#ask(unknown)
  }

  /** Asks again about those that are known, and those that no longer hold a connection here. */
  async refresh(): Promise<void> {
    const { presence, subscriptions } = this.#core
    const left = [...presence.seen().keys()].filter((each) => subscriptions.count(each) === 0)
    const serials = [...new Set([...this.#known.keys(), ...left])]
    if (serials.length > 0) await this.#ask(serials)
  }

  async #ask(serials: readonly string[]): Promise<void> {
    const { presence, events, clock } = this.#core
    const heard = await this.#shared.lastSeen(serials)
    const askedAtMs = clock.now().wallMs
    for (const serial of serials) {
      const before = this.#known.get(serial)
      const atMs = heard.get(serial)?.atMs ?? 0
      remember(this.#known, serial, { atMs, askedAtMs, wasAvailable: false }, MAX_KNOWN)
      const isAvailable = presence.isAvailable(serial)
      remember(this.#known, serial, { atMs, askedAtMs, wasAvailable: isAvailable }, MAX_KNOWN)
      const isNews = before !== undefined && before.wasAvailable !== isAvailable
      if (!presence.noteElsewhere(serial) && isNews)
        events.emit('availabilityChanged', serial, isAvailable)
    }
  }
}

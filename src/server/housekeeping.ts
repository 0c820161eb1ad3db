import { type ChangeKind, LIFETIME_MS } from '../protocol/delivery/change.ts'
import { earlierOf } from '../protocol/now.ts'
import { decideKeyExpiry } from '../protocol/pairing/decide-pairing.ts'
import { keyExpiry } from '../protocol/pairing/entry-key.ts'
import type { Timer } from './core/clock.ts'
import type { Core } from './core/core.ts'
import type { Commands } from './thermostats/commands.ts'

const EVERY_MS = 30_000
/** Data that is kept for days or months is pruned less often. */
const PRUNE_EVERY_MS = 3_600_000
/** It is pruned earlier after this many changes, so that a busy client does not fill the disk. */
const PRUNE_EVERY_CHANGES = 1_000
const DAY_MS = 86_400_000
/** For a day an expired code can be told from an unknown one. */
const KEEP_EXPIRED_KEYS_MS = DAY_MS
/** Changes can be looked up for a month; the last ones of each thermostat for ever, unless they are large. */
const KEEP_CHANGES_MS = 30 * DAY_MS
const KEEP_CHANGES = { least: 100, most: 10_000, mostBytes: 256 * 1024 }

/** Expires and prunes data every half minute and every hour, so that nothing grows for ever. */
export class Housekeeping {
  readonly #core: Core
  readonly #commands: Commands
  #timer: Timer | undefined
  /** Whether this process cleans the database; of several one does. */
  #cleans = false
  #pruneAtSteadyMs = 0
  /** The latest change at the last pruning. */
  #prunedAtChange = 0

  constructor(core: Core, commands: Commands) {
    this.#core = core
    this.#commands = commands
  }

  /** Starts with what this process has in memory, and with the database unless others share it. */
  start(): void {
    if (this.#core.store.shared === undefined) this.clean()
    this.#arm()
  }

  /** Leaves the database to another process. */
  leave(): void {
    this.#cleans = false
  }

  /** From now on cleans the database, and shortens expiries that an earlier process set by a wrong clock. */
  clean(): void {
    this.#cleans = true
    const { writer, clock, settings } = this.#core
    const { steadyMs } = clock.now()
    const lifetimes = Object.entries(LIFETIME_MS) as [ChangeKind, number | null][]
    const changeSteadyMs = new Map(
      lifetimes.flatMap(([kind, ms]) => (ms === null ? [] : [[kind, steadyMs + ms] as const])),
    )
    const keySteadyMs = keyExpiry(steadyMs, settings.entryKeyTtlS)
    writer
      .write((store) => store.clampExpiry({ keySteadyMs, changeSteadyMs }))
      .catch((error) => this.#failed(error))
  }

  #arm(): void {
    this.#timer = this.#core.clock.setTimer(EVERY_MS, () => {
      this.#sweep()
      this.#arm()
    })
  }

  stop(): void {
    this.#core.clock.clearTimer(this.#timer)
  }

  #sweep(): void {
    const { presence, writer } = this.#core
    presence.forgetOld()
    writer.forgetOld()
    if (!this.#cleans) return
    const failed = (error: unknown): void => this.#failed(error)
    this.#commands.expire().catch(failed)
    writer.keepTime().catch(failed)
    this.#expireKeys().catch(failed)
    this.#prune().catch(failed)
  }

  #failed(error: unknown): void {
    this.#core.health.complain('housekeeping failed; it is tried again', error)
  }

  /** Empties the dialogs of expired codes (`P13`). */
  async #expireKeys(): Promise<void> {
    const { store, writer, clock } = this.#core
    const serials = await store.serialsWithExpiredKey(clock.now().steadyMs)
    await Promise.all(serials.map((serial) => writer.decide(serial, decideKeyExpiry)))
  }

  /** Prunes once an hour, or after many changes. */
  async #prune(): Promise<void> {
    const { store, writer, clock, presence, events, log } = this.#core
    const now = clock.now()
    const { steadyMs } = now
    const latestChange = await store.latestChangeId()
    const isCrowded = latestChange - this.#prunedAtChange >= PRUNE_EVERY_CHANGES
    if (steadyMs < this.#pruneAtSteadyMs && !isCrowded) return
    const forgotten = await writer.write((store) =>
      store.prune({
        keysExpiredBeforeSteadyMs: steadyMs - KEEP_EXPIRED_KEYS_MS,
        changesEndedBeforeMs: earlierOf(now) - KEEP_CHANGES_MS,
        keepChanges: KEEP_CHANGES,
        silentSinceMs: earlierOf(now) - DAY_MS,
        nowSteadyMs: steadyMs,
      }),
    )
    this.#pruneAtSteadyMs = steadyMs + PRUNE_EVERY_MS
    this.#prunedAtChange = latestChange
    for (const serial of forgotten) {
      presence.forget(serial)
      events.emit('deviceRemoved', serial)
      events.emit('deviceChanged', serial)
    }
    if (forgotten.length > 0) {
      log.info('unpaired thermostats forgotten', { count: forgotten.length })
    }
  }
}

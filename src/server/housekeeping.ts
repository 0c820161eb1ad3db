import { type ChangeKind, LIFETIME_MS } from '../protocol/delivery/change.ts'
import { earlierOf } from '../protocol/now.ts'
import { keyExpiry, NO_DIALOG } from '../protocol/pairing/entry-key.ts'
import type { Timer } from './core/clock.ts'
import type { Core } from './core/core.ts'
import type { Transaction } from './core/writer.ts'
import { setDialog } from './pairing/dialog.ts'
import type { Commands } from './thermostats/commands.ts'
import type { Transport } from './thermostats/transport.ts'

const EVERY_MS = 30_000
/** What is kept for days and months is looked through less often. */
const PRUNE_EVERY_MS = 3_600_000
/** Somebody who commands without end must not fill the disk until then. */
const PRUNE_EVERY_CHANGES = 5_000
const DAY_MS = 86_400_000
/** An expired code can still be told from one that never was, for a day. */
const KEEP_EXPIRED_KEYS_MS = DAY_MS
/** What became of changes can be looked up for a month; the last ones of a thermostat for ever. */
const KEEP_CHANGES_MS = 30 * DAY_MS
const KEEP_CHANGES = { least: 100, most: 10_000 }
/** A wall clock that is off by less was not set. */
const CLOCK_SET_MS = 10_000

const CHANGE_KINDS = Object.keys(LIFETIME_MS) as ChangeKind[]

/** What has to be done now and then, so that nothing grows for ever. */
export class Housekeeping {
  readonly #core: Core
  readonly #commands: Commands
  readonly #transport: Transport
  #timer: Timer | undefined
  #pruneAtSteadyMs = 0
  /** The latest change there was when it was last pruned. */
  #prunedAtChange = 0

  constructor(core: Core, commands: Commands, transport: Transport) {
    this.#core = core
    this.#commands = commands
    this.#transport = transport
  }

  /** Begins, with what an earlier process left under a clock that was wrong. */
  start(): void {
    const { writer, clock, settings } = this.#core
    writer.run(
      (tx) => {
        const { steadyMs } = clock.now()
        tx.store.entryKeys.clampExpiry(keyExpiry(steadyMs, settings.entryKeyTtlS))
        for (const kind of CHANGE_KINDS) {
          const lifetimeMs = LIFETIME_MS[kind]
          if (lifetimeMs !== null) tx.store.changes.clampExpiry(kind, steadyMs + lifetimeMs)
        }
      },
      () => {},
      (error) => this.#failed(error),
    )
    this.#arm()
  }

  #arm(): void {
    this.#timer = this.#core.clock.setTimer(EVERY_MS, () => {
      this.#sweep()
      this.#arm()
    })
  }

  stop(): void {
    if (this.#timer !== undefined) this.#core.clock.clearTimer(this.#timer)
    this.#timer = undefined
  }

  /** Writes down how far the wall clock was set, for the process after this one. */
  noteClock(tx: Transaction): void {
    const { clock, log } = this.#core
    const { wallMs, steadyMs } = clock.now()
    const { wallClock } = tx.store
    const byMs = wallMs - steadyMs - wallClock.aheadMs()
    if (Math.abs(byMs) < CLOCK_SET_MS) return
    wallClock.setAhead(wallMs - steadyMs)
    tx.after(() => log.info('the wall clock was set', { by_s: Math.round(byMs / 1000) }))
  }

  #sweep(): void {
    const { contacts, clock } = this.#core
    contacts.noticeSilence()
    this.#transport.forgetOld(clock.now().steadyMs)
    const failed = (error: unknown): void => this.#failed(error)
    this.#commands.expire().catch(failed)
    this.#keepTime().catch(failed)
    this.#prune().catch(failed)
  }

  #failed(error: unknown): void {
    this.#core.health.complain('housekeeping failed; it is tried again', error)
  }

  /** Notes the clock, and takes codes off screens that nobody can type in any more (`P13`). */
  #keepTime(): Promise<void> {
    const { writer, clock } = this.#core
    return writer.commit((tx) => {
      this.noteClock(tx)
      for (const serial of tx.store.entryKeys.expiredSerials(clock.now().steadyMs)) {
        setDialog(this.#core, tx, serial, NO_DIALOG)
      }
    })
  }

  /** Forgets what is over: once an hour, unless there is more of it than usual. */
  #prune(): Promise<void> {
    const { writer, clock, contacts, log } = this.#core
    return writer.commit((tx) => {
      const now = clock.now()
      const { steadyMs } = now
      const { entryKeys, changes, devices } = tx.store
      const latestChange = changes.latestId()
      const isCrowded = latestChange - this.#prunedAtChange >= PRUNE_EVERY_CHANGES
      if (steadyMs < this.#pruneAtSteadyMs && !isCrowded) return
      tx.after(() => {
        this.#pruneAtSteadyMs = steadyMs + PRUNE_EVERY_MS
        this.#prunedAtChange = latestChange
      })
      entryKeys.prune(steadyMs - KEEP_EXPIRED_KEYS_MS)
      changes.prune(earlierOf(now) - KEEP_CHANGES_MS, KEEP_CHANGES)
      const forgotten = devices.forgetSilent(earlierOf(now) - DAY_MS, steadyMs)
      for (const serial of forgotten) {
        tx.markRemoved(serial)
        tx.after(() => contacts.forget(serial))
      }
      if (forgotten.length > 0) {
        tx.after(() => log.info('unpaired thermostats forgotten', { count: forgotten.length }))
      }
    })
  }
}

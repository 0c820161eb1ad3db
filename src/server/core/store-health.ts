import { NleError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import { type Trouble, troubleText } from '../../store/trouble.ts'
import type { Clock, Timer } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

/** How often a database in trouble is checked. */
const LOOK_MS = 10_000
/** The same while another program has locked it, or it restarts: mostly for moments, and to check costs nothing. */
const LOOK_SOON_MS = 1_000
/** The least time between two checks, also when clients ask for them. */
const LOOK_AGAIN_MS = 1_000

/** The trouble of the database now. */
export interface CurrentTrouble extends Trouble {
  /** For people. */
  readonly reason: string
  /** Wall clock, ms. */
  readonly sinceMs: number
}

type CheckedStore = Pick<Store, 'prove' | 'reopen' | 'diskRefusal' | 'troubleOf'>

/**
 * Whether the database can be used. The first failure begins a trouble, and the first successful write to
 * the disk ends it. Only the two are logged.
 */
export class StoreHealth {
  readonly #store: CheckedStore
  readonly #clock: Clock
  readonly #log: Logger
  #trouble: CurrentTrouble | undefined
  #beganAtSteadyMs = 0
  #lookedAtSteadyMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #running = false

  constructor(store: CheckedStore, clock: Clock, log: Logger) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** The trouble of the database now; undefined while it can be used. */
  get trouble(): CurrentTrouble | undefined {
    return this.#trouble
  }

  /**
   * The error for every write to a damaged database: a backup will replace it, and data that was
   * acknowledged until then would be lost.
   */
  get refusal(): NleError | undefined {
    const trouble = this.#trouble
    return trouble?.kind === 'damaged'
      ? new NleError('store', trouble.reason, { cause: { code: trouble.code } })
      : undefined
  }

  /** Records a failure. Returns whether it comes from the database, so that it needs no log line. */
  notice(error: unknown): boolean {
    const trouble = this.#store.troubleOf(error)
    // Other errors of SQLite are defects of nle.
    if (trouble === undefined || trouble.kind === 'other') return false
    const isWorse = trouble.kind === 'damaged' && this.#trouble?.kind !== 'damaged'
    if (this.#trouble === undefined || isWorse) this.#begin(trouble)
    return true
  }

  /** Logs a failure of work that no client waits for, unless it comes from the database. */
  complain(event: string, error: unknown, fields: LogFields = {}): void {
    if (!this.notice(error)) this.#log.error(event, { ...fields, error: String(error) })
  }

  /**
   * The NleError for a failure of the database, with `retryAfterS` when it may pass by itself; undefined
   * for any other error.
   */
  explained(error: unknown): NleError | undefined {
    const trouble = this.#store.troubleOf(error)
    if (trouble === undefined || !this.notice(error)) return undefined
    const known =
      error instanceof NleError
        ? error
        : new NleError('store', troubleText(trouble), { cause: error })
    if (this.#trouble?.kind === 'damaged') return known
    const details = { ...known.details, retryAfterS: this.#lookMs / 1000 }
    return new NleError(known.code, known.message, { cause: error, details })
  }

  /** Checks whether the trouble is over, at most once a second. */
  async look(): Promise<void> {
    const { steadyMs } = this.#clock.now()
    const trouble = this.#trouble
    // A damaged database stays damaged, although it can be written.
    if (trouble === undefined || trouble.kind === 'damaged') return
    if (steadyMs - this.#lookedAtSteadyMs < LOOK_AGAIN_MS) return
    this.#lookedAtSteadyMs = steadyMs
    // A single page may still fit into SQLite's log although a request would not.
    if (this.#store.diskRefusal() !== undefined) return
    try {
      await this.#prove()
    } catch (error) {
      this.notice(error)
      return
    }
    if (this.#trouble === trouble) this.#end()
  }

  /** Writes a page; to a disk that takes files but not this, the database is opened anew first. */
  async #prove(): Promise<void> {
    try {
      await this.#store.prove()
    } catch (error) {
      const kind = this.#store.troubleOf(error)?.kind
      if (kind !== 'disk' && kind !== 'read-only') throw error
      await this.#store.reopen()
      await this.#store.prove()
    }
  }

  /** From now on a trouble is checked every ten seconds, so that it ends without a request. */
  start(): void {
    this.#running = true
    if (this.#trouble !== undefined) this.#arm()
  }

  stop(): void {
    this.#running = false
    this.#clock.clearTimer(this.#timer)
  }

  get #lookMs(): number {
    const kind = this.#trouble?.kind
    return kind === 'busy' || kind === 'away' ? LOOK_SOON_MS : LOOK_MS
  }

  #begin(trouble: Trouble): void {
    const kind = trouble.kind === 'disk' ? (this.#store.diskRefusal() ?? 'disk') : trouble.kind
    const { wallMs, steadyMs } = this.#clock.now()
    const reason = troubleText({ ...trouble, kind })
    this.#trouble = { kind, code: trouble.code, reason, sinceMs: wallMs }
    this.#beganAtSteadyMs = steadyMs
    this.#log.error('the database is in trouble; what cannot be kept is refused', {
      reason,
      code: trouble.code,
    })
    this.#arm()
  }

  #end(): void {
    this.#trouble = undefined
    this.#clock.clearTimer(this.#timer)
    const afterMs = this.#clock.now().steadyMs - this.#beganAtSteadyMs
    this.#log.info('the database is well again', { after_s: Math.round(afterMs / 1000) })
  }

  #arm(): void {
    this.#clock.clearTimer(this.#timer)
    if (!this.#running || this.#trouble?.kind === 'damaged') return
    this.#timer = this.#clock.setTimer(this.#lookMs, () => {
      void this.look().finally(() => {
        if (this.#trouble !== undefined) this.#arm()
      })
    })
  }
}

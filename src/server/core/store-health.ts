import { NleError } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import { type Trouble, troubleText } from '../../store/trouble.ts'
import type { Clock, Timer } from './clock.ts'
import type { LogFields, Logger } from './logger.ts'

/** How often a database in trouble is looked at; one that is well, never. */
const LOOK_MS = 10_000
/** However often somebody asks: not more often than this. */
const LOOK_AGAIN_MS = 1_000

/** The trouble there is. */
export interface CurrentTrouble extends Trouble {
  /** For people. */
  readonly reason: string
  /** Wall clock, ms. */
  readonly sinceMs: number
}

/**
 * Whether the database can be used. The first failure begins a trouble, and a write that really went
 * to the disk ends it: the log hears of the two, and of nothing between them.
 */
export class StoreHealth {
  readonly #store: Pick<Store, 'prove' | 'diskRefusal' | 'troubleOf'>
  readonly #clock: Clock
  readonly #log: Logger
  #trouble: CurrentTrouble | undefined
  #beganAtSteadyMs = 0
  #lookedAtSteadyMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #running = false

  constructor(
    store: Pick<Store, 'prove' | 'diskRefusal' | 'troubleOf'>,
    clock: Clock,
    log: Logger,
  ) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** The trouble there is; undefined while all is well. */
  get trouble(): CurrentTrouble | undefined {
    return this.#trouble
  }

  /**
   * Why nothing may be written: a damaged database is going to be replaced by a backup, and what was
   * acknowledged until then would be lost with it.
   */
  get refusal(): NleError | undefined {
    const trouble = this.#trouble
    return trouble?.kind === 'damaged'
      ? new NleError('store', trouble.reason, { cause: { code: trouble.code } })
      : undefined
  }

  /** Takes note of a failure; whether it was the database's, and so needs no line in the log. */
  notice(error: unknown): boolean {
    const trouble = this.#store.troubleOf(error)
    // Anything else that SQLite says is a defect of ours.
    if (trouble === undefined || trouble.kind === 'other') return false
    const isWorse = trouble.kind === 'damaged' && this.#trouble?.kind !== 'damaged'
    if (this.#trouble === undefined || isWorse) this.#begin(trouble)
    return true
  }

  /** Logs a failure that nobody waits for, unless it is the database's. */
  complain(event: string, error: unknown, fields: LogFields = {}): void {
    if (!this.notice(error)) this.#log.error(event, { ...fields, error: String(error) })
  }

  /** An error as one of ours, if it is the database's; undefined for any other. */
  explained(error: unknown): NleError | undefined {
    const trouble = this.#store.troubleOf(error)
    if (trouble === undefined || !this.notice(error)) return undefined
    if (error instanceof NleError) return error
    return new NleError('store', troubleText(trouble), { cause: error })
  }

  /** Finds out whether the trouble is over, unless that was just looked at. */
  async look(): Promise<void> {
    const { steadyMs } = this.#clock.now()
    const trouble = this.#trouble
    // What is damaged stays so, whatever can be written.
    if (trouble === undefined || trouble.kind === 'damaged') return
    if (steadyMs - this.#lookedAtSteadyMs < LOOK_AGAIN_MS) return
    this.#lookedAtSteadyMs = steadyMs
    // A page may still find room in SQLite's log where a request would not.
    if (this.#store.diskRefusal() !== undefined) return
    try {
      await this.#store.prove()
    } catch (error) {
      this.notice(error)
      return
    }
    if (this.#trouble === trouble) this.#end()
  }

  /** From now on, a trouble is looked at now and then, so that it ends although nobody asks. */
  start(): void {
    this.#running = true
    if (this.#trouble !== undefined) this.#arm()
  }

  stop(): void {
    this.#running = false
    this.#disarm()
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
    this.#disarm()
    const afterMs = this.#clock.now().steadyMs - this.#beganAtSteadyMs
    this.#log.info('the database is well again', { after_s: Math.round(afterMs / 1000) })
  }

  #arm(): void {
    this.#disarm()
    if (!this.#running || this.#trouble?.kind === 'damaged') return
    this.#timer = this.#clock.setTimer(LOOK_MS, () => {
      this.#timer = undefined
      void this.look().finally(() => {
        if (this.#trouble !== undefined) this.#arm()
      })
    })
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
  }
}

import type { HeldJob, SharedStore } from '../../store/shared-store.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'

/** A job that could not be begun, as when the database answers slowly, is begun again after this time. */
const BEGIN_AGAIN_MS = 5_000

/** What one process at a time does. */
export interface Work {
  begin(job: HeldJob): Promise<void>
  end(): Promise<void> | void
}

/** Does a job while no other process has it. */
export class ExclusiveJob {
  readonly #name: string
  readonly #core: Core
  readonly #work: Work
  readonly #giveUp: () => Promise<void>
  /** The number of this holder; undefined while another process has the job. */
  #epoch: number | undefined
  #hasBegun = false
  #isStopped = false
  /** Beginnings and ends, one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #timer: Timer

  constructor(shared: SharedStore, name: string, core: Core, work: Work) {
    this.#name = name
    this.#core = core
    this.#work = work
    this.#giveUp = shared.exclusive(
      name,
      (epoch) => {
        // `stop` has ended the work, and does not end it again.
        if (this.#isStopped) return
        core.log.info('this process has a job now', { job: name, epoch })
        this.#epoch = epoch
        this.#inTurn(() => this.#begin(epoch))
      },
      () => {
        core.log.warn('this process has lost a job with its connection to the database', {
          job: name,
        })
        this.#epoch = undefined
        this.#inTurn(() => this.#end())
      },
    )
  }

  /** Ends the work, and lets another process have the job. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#epoch = undefined
    this.#core.clock.clearTimer(this.#timer)
    this.#inTurn(() => this.#end())
    await this.#turn
    await this.#giveUp()
  }

  async #begin(epoch: number): Promise<void> {
    // It was lost before its turn came.
    if (this.#epoch !== epoch) return
    this.#hasBegun = true
    try {
      await this.#work.begin({ name: this.#name, epoch })
    } catch (error) {
      this.#core.health.complain('a job could not be begun; it is tried again', error, {
        job: this.#name,
      })
      this.#timer = this.#core.clock.setTimer(BEGIN_AGAIN_MS, () =>
        this.#inTurn(() => this.#begin(epoch)),
      )
    }
  }

  async #end(): Promise<void> {
    if (!this.#hasBegun) return
    this.#hasBegun = false
    await this.#work.end()
  }

  #inTurn(step: () => Promise<void>): void {
    this.#turn = this.#turn
      .then(step)
      .catch((error) =>
        this.#core.health.complain('a job did not end well', error, { job: this.#name }),
      )
  }
}

import type { SharedStore } from '../../store/shared-store.ts'
import type { StoreHealth } from '../core/store-health.ts'

/** Whether a balancer should send this process new requests. */
export class Readiness {
  readonly #health: StoreHealth
  readonly #shared: SharedStore | undefined
  #isStopping = false
  /** The question that is asked of the database now; any number of balancers share it. */
  #asking: Promise<boolean> | undefined

  constructor(health: StoreHealth, shared: SharedStore | undefined) {
    this.#health = health
    this.#shared = shared
  }

  /** From now on this process wants no new requests. */
  stopping(): void {
    this.#isStopping = true
  }

  /** Why no requests should be sent here, for people; undefined when they should. */
  async refusal(): Promise<string | undefined> {
    if (this.#isStopping) return 'This server is stopping.'
    await this.#health.look()
    const { trouble } = this.#health
    if (trouble !== undefined) return trouble.reason
    return (await this.#databaseIsReady()) ? undefined : 'The database takes no writes now.'
  }

  #databaseIsReady(): Promise<boolean> {
    if (this.#shared === undefined) return Promise.resolve(true)
    this.#asking ??= this.#shared
      .isReady()
      .catch(() => false)
      .finally(() => {
        this.#asking = undefined
      })
    return this.#asking
  }
}

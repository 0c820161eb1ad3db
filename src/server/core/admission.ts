import { NleError } from '../../errors.ts'
import {
  type Appearances,
  appear,
  MAX_UNPAIRED,
  makeRoom,
  type Unpaired,
} from '../../protocol/pairing/newcomer-limits.ts'
import type { Queries } from '../../store/store.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

/** Refusals are logged once in this time: made-up serials must not fill the log instead. */
const LOG_AGAIN_MS = 60_000

/** What is remembered of a thermostat that has called. */
export type Whereabouts = Omit<Unpaired, 'serial'>

/** Admits thermostats that never called before, as many as there are places. */
export class Admission {
  readonly #store: Pick<Queries, 'countUnpaired' | 'unpaired'>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #whereabouts: (serial: string) => Whereabouts
  #appearances: Appearances = []
  #loggedAtMs = Number.NEGATIVE_INFINITY

  constructor(
    store: Pick<Queries, 'countUnpaired' | 'unpaired'>,
    clock: Clock,
    log: Logger,
    whereabouts: (serial: string) => Whereabouts,
  ) {
    this.#store = store
    this.#clock = clock
    this.#log = log
    this.#whereabouts = whereabouts
  }

  /**
   * Finds a place for one more.
   *
   * @returns the serial of an unpaired thermostat to evict for it
   * @throws NleError `rate_limited`
   */
  async admit(network: string): Promise<string | undefined> {
    const { steadyMs } = this.#clock.now()
    const taken = await this.#store.countUnpaired()
    const turn = appear(this.#appearances, taken, network, steadyMs)
    if ('retryAfterS' in turn) {
      throw this.#refusal(network, turn.retryAfterS, 'Too many new thermostats at once.')
    }
    let evicted: string | undefined
    if (taken >= MAX_UNPAIRED) {
      const serials = await this.#store.unpaired()
      const unpaired = serials.map((serial) => ({ serial, ...this.#whereabouts(serial) }))
      const room = makeRoom(unpaired, network)
      if ('retryAfterS' in room) {
        const why = `${MAX_UNPAIRED} thermostats that were never paired are on file already.`
        throw this.#refusal(network, room.retryAfterS, why)
      }
      evicted = room.forget
    }
    this.#appearances = turn.appearances
    return evicted
  }

  #refusal(network: string, retryAfterS: number, why: string): NleError {
    const { steadyMs } = this.#clock.now()
    if (steadyMs - this.#loggedAtMs >= LOG_AGAIN_MS) {
      this.#loggedAtMs = steadyMs
      this.#log.warn('new thermostats are not let in', { network, why })
    }
    return new NleError('rate_limited', `${why} Try again in ${retryAfterS} seconds.`, {
      details: { retryAfterS },
    })
  }
}

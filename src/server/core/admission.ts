import { NleError } from '../../errors.ts'
import {
  type Appearances,
  appear,
  MAX_UNPAIRED,
  makeRoom,
  type Unpaired,
} from '../../protocol/pairing/newcomer-limits.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { Transaction } from './writer.ts'

/** Refusals are logged once in this time: who makes up serials must not fill the log instead. */
const LOG_AGAIN_MS = 60_000

/** What is remembered of one that has called. */
export type Whereabouts = Omit<Unpaired, 'serial'>

/** Lets thermostats in that nobody has heard of before, as many as there is room for. */
export class Newcomers {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #whereabouts: (serial: string) => Whereabouts
  #appearances: Appearances = []
  #loggedAtMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, log: Logger, whereabouts: (serial: string) => Whereabouts) {
    this.#clock = clock
    this.#log = log
    this.#whereabouts = whereabouts
  }

  /**
   * Makes room for one more.
   *
   * @returns who was forgotten for it
   * @throws NleError `rate_limited`
   */
  admit(tx: Transaction, network: string): string | undefined {
    const { devices } = tx.store
    const { steadyMs } = this.#clock.now()
    const taken = devices.countUnpaired()
    const turn = appear(this.#appearances, taken, network, steadyMs)
    if ('retryAfterS' in turn) {
      throw this.#refusal(network, turn.retryAfterS, 'Too many new thermostats at once.')
    }
    let forget: string | undefined
    if (taken >= MAX_UNPAIRED) {
      const unpaired = devices
        .unpaired()
        .map((serial) => ({ serial, ...this.#whereabouts(serial) }))
      const room = makeRoom(unpaired, network)
      if ('retryAfterS' in room) {
        const why = `${MAX_UNPAIRED} thermostats that were never paired are on file already.`
        throw this.#refusal(network, room.retryAfterS, why)
      }
      forget = room.forget
      devices.delete(forget)
      tx.markRemoved(forget)
    }
    this.#appearances = turn.appearances
    return forget
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

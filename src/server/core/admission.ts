import { NleError } from '../../errors.ts'
import {
  admitNewcomer,
  FREE_PLACES,
  findPlace,
  type RecentNewcomers,
  type Unpaired,
} from '../../protocol/pairing/newcomer-limits.ts'
import type { WriterParts } from './writer.ts'

/** Admits thermostats that are not on file yet, while there are places for them. */
export class Admission {
  readonly #parts: Pick<WriterParts, 'store' | 'clock' | 'log'>
  readonly #unpaired: (serial: string) => Unpaired
  #newcomers: RecentNewcomers = []

  /** @param unpaired - how this process knows a thermostat that is on file unpaired */
  constructor(
    parts: Pick<WriterParts, 'store' | 'clock' | 'log'>,
    unpaired: (serial: string) => Unpaired,
  ) {
    this.#parts = parts
    this.#unpaired = unpaired
  }

  /**
   * Finds a place for one more.
   *
   * @returns the serial of an unpaired thermostat to evict for it
   * @throws NleError `rate_limited`
   */
  async admit(network: string): Promise<string | undefined> {
    const { store, clock } = this.#parts
    const { steadyMs } = clock.now()
    const taken = await store.countUnpaired()
    const turn = admitNewcomer(this.#newcomers, taken, network, steadyMs)
    if ('retryAfterS' in turn) {
      throw this.#refusal(network, turn.retryAfterS, 'Too many new thermostats at once.')
    }
    const unpaired = taken < FREE_PLACES ? [] : (await store.unpaired()).map(this.#unpaired)
    const place = findPlace(unpaired, network)
    if ('retryAfterS' in place) {
      const own = unpaired.filter((each) => each.network === network).length
      const why = `${taken} thermostats that were never paired are on file already, ${own} of them from this address.`
      throw this.#refusal(network, place.retryAfterS, why)
    }
    this.#newcomers = turn.newcomers
    return place.evict
  }

  #refusal(network: string, retryAfterS: number, why: string): NleError {
    this.#parts.log.warn('new thermostats are not let in', { network, why }, { about: 'all' })
    return new NleError('rate_limited', `${why} Try again in ${retryAfterS} seconds.`, {
      details: { retryAfterS },
    })
  }
}

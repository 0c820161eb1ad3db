import { NleError } from '../../errors.ts'
import {
  admitNewcomer,
  areTooManyTogether,
  FREE_PLACES,
  findPlace,
  type RecentNewcomers,
  type Unpaired,
} from '../../protocol/pairing/newcomer-limits.ts'
import type { LastSeen } from '../../store/shared-store.ts'
import type { WriterParts } from './writer.ts'

/** Processes together count newcomers by the minute. */
const COUNTED_MS = 60_000

/** Admits thermostats that are not on file yet, while there are places for them. */
export class Admission {
  readonly #parts: Pick<WriterParts, 'store' | 'clock' | 'log'>
  readonly #unpaired: (serial: string, heard: LastSeen | undefined) => Unpaired
  #newcomers: RecentNewcomers = []

  /** @param unpaired - how this process knows a thermostat that is on file unpaired */
  constructor(
    parts: Pick<WriterParts, 'store' | 'clock' | 'log'>,
    unpaired: (serial: string, heard: LastSeen | undefined) => Unpaired,
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
    if (taken >= FREE_PLACES && (await this.#areTooManyTogether(network))) {
      throw this.#refusal(network, COUNTED_MS / 1000, 'Too many new thermostats at once.')
    }
    const unpaired = taken < FREE_PLACES ? [] : await this.#onFile()
    const place = findPlace(unpaired, network)
    if ('retryAfterS' in place) {
      const own = unpaired.filter((each) => each.network === network).length
      const why = `${taken} thermostats that were never paired are on file already, ${own} of them from this address.`
      throw this.#refusal(network, place.retryAfterS, why)
    }
    this.#newcomers = turn.newcomers
    return place.evict
  }

  /** Those on file unpaired, with their last contact with any process where there are several. */
  async #onFile(): Promise<Unpaired[]> {
    const { store } = this.#parts
    const serials = await store.unpaired()
    const heard = await store.shared?.lastSeen(serials)
    return serials.map((serial) => this.#unpaired(serial, heard?.get(serial)))
  }

  /** Whether all processes together have admitted too many; never where there is one. */
  async #areTooManyTogether(network: string): Promise<boolean> {
    const { shared } = this.#parts.store
    if (shared === undefined) return false
    const keys = ['newcomers', `newcomers:${network}`]
    const [all = 0, own = 0] = await shared.count(
      keys.map((key) => ({ key, windowMs: COUNTED_MS, add: 1 })),
    )
    return areTooManyTogether(own, all)
  }

  #refusal(network: string, retryAfterS: number, why: string): NleError {
    this.#parts.log.warn('new thermostats are not let in', { network, why }, { about: 'all' })
    return new NleError('rate_limited', `${why} Try again in ${retryAfterS} seconds.`, {
      details: { retryAfterS },
    })
  }
}

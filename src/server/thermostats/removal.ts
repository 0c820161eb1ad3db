import {
  type BucketRemoval,
  decideBucketRemoval,
} from '../../protocol/thermostat/decide-bucket-removal.ts'
import {
  decideForgetting,
  decideRemoval,
  type Forgetting,
} from '../../protocol/thermostat/decide-removal.ts'
import type { Core } from '../core/core.ts'
import type { SentPushes } from './sent-pushes.ts'
import { unknownDevice } from './views.ts'

/** Thermostats that are forgotten in one commit; others are served in between. */
const AT_ONCE = 16

/** What an operator has deleted of unpaired thermostats. */
export interface Forgotten {
  readonly thermostats: number
  /** Bytes of their buckets. */
  readonly bytes: number
  /** Thermostats that show a code now. */
  readonly kept: number
}

/** Deletes thermostats. A deleted one that calls again is a new, unpaired thermostat. */
export class Removal {
  readonly #core: Core
  readonly #sentPushes: SentPushes

  constructor(core: Core, sentPushes: SentPushes) {
    this.#core = core
    this.#sentPushes = sentPushes
  }

  /**
   * Deletes a thermostat with all of its data, and finishes its connections.
   *
   * @returns how many buckets it had
   * @throws NleError `not_found`
   */
  remove(serial: string): Promise<number> {
    const { writer } = this.#core
    return new Promise((resolve, reject) =>
      writer.run(
        serial,
        decideRemoval,
        (buckets) => {
          if (buckets === undefined) return reject(unknownDevice(serial))
          // Now: what it does later in the same turn belongs to its next life.
          this.#letGo(serial)
          resolve(buckets)
        },
        reject,
      ),
    )
  }

  /**
   * Deletes a bucket of a thermostat.
   *
   * @throws NleError `not_found` for an unknown thermostat
   */
  async removeBucket(serial: string, objectKey: string): Promise<BucketRemoval> {
    const removal = await this.#core.writer.decide(serial, (input) =>
      decideBucketRemoval(input, objectKey),
    )
    if (removal === undefined) throw unknownDevice(serial)
    return removal
  }

  /**
   * Forgets the unpaired thermostats, but those that show a code now.
   *
   * @param withCode - forgets these as well
   */
  async forgetUnpaired(withCode: boolean): Promise<Forgotten> {
    const { store, log } = this.#core
    const serials = await store.unpaired()
    let thermostats = 0
    let bytes = 0
    let kept = 0
    for (let first = 0; first < serials.length; first += AT_ONCE) {
      const group = serials.slice(first, first + AT_ONCE)
      for (const done of await Promise.all(group.map((each) => this.#forget(each, withCode)))) {
        if (done.type === 'kept') kept += 1
        else {
          thermostats += 1
          bytes += done.length
        }
      }
    }
    if (thermostats > 0) log.info('unpaired thermostats forgotten', { count: thermostats })
    return { thermostats, bytes, kept }
  }

  #forget(serial: string, withCode: boolean): Promise<Forgetting> {
    return new Promise((resolve, reject) =>
      this.#core.writer.run(
        serial,
        (input) => decideForgetting(input, withCode),
        (done) => {
          if (done.type === 'forgotten') this.#letGo(serial)
          resolve(done)
        },
        reject,
      ),
    )
  }

  /** Drops what memory has of a thermostat that is no longer on file. */
  #letGo(serial: string): void {
    const { presence, subscriptions } = this.#core
    this.#sentPushes.forget(serial)
    presence.forget(serial)
    subscriptions.finish(serial)
  }
}

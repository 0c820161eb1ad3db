import { decideRemoval } from '../../protocol/thermostat/decide-removal.ts'
import type { Core } from '../core/core.ts'
import type { SentPushes } from './sent-pushes.ts'
import { unknownDevice } from './views.ts'

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
    const { writer, subscriptions, presence } = this.#core
    return new Promise((resolve, reject) =>
      writer.run(
        serial,
        decideRemoval,
        (buckets) => {
          if (buckets === undefined) return reject(unknownDevice(serial))
          // Now: what it does later in the same turn belongs to its next life.
          this.#sentPushes.forget(serial)
          presence.forget(serial)
          subscriptions.finish(serial)
          resolve(buckets)
        },
        reject,
      ),
    )
  }
}

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
  async remove(serial: string): Promise<number> {
    const { writer, subscriptions, presence } = this.#core
    const buckets = await writer.decide(serial, decideRemoval)
    if (buckets === undefined) throw unknownDevice(serial)
    this.#sentPushes.forget(serial)
    writer.forget(serial)
    presence.forget(serial)
    subscriptions.finish(serial)
    return buckets
  }
}

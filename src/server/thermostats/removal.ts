import type { Core } from '../core/core.ts'
import type { Commands } from './commands.ts'
import type { Publisher } from './publisher.ts'
import type { Transport } from './transport.ts'
import { unknownDevice } from './views.ts'

/** Deletes thermostats. One that calls again afterwards starts anew, unpaired. */
export class Removal {
  readonly #core: Core
  readonly #commands: Commands
  readonly #publisher: Publisher
  readonly #transport: Transport

  constructor(core: Core, commands: Commands, publisher: Publisher, transport: Transport) {
    this.#core = core
    this.#commands = commands
    this.#publisher = publisher
    this.#transport = transport
  }

  /**
   * Deletes a thermostat with all that is its own, and lets its connections go.
   *
   * @returns how many buckets it had
   * @throws NleError `not_found`
   */
  remove(serial: string): Promise<number> {
    const { writer, hub, contacts, log } = this.#core
    return writer.commit((tx) => {
      const { devices, buckets } = tx.store
      if (devices.get(serial) === undefined) throw unknownDevice(serial)
      // Ended before they go: whoever waits for one of them hears what became of it.
      this.#commands.abandon(tx, serial, 'the thermostat was deleted')
      const count = buckets.versions(serial).length
      devices.delete(serial)
      tx.markRemoved(serial)
      tx.after(() => {
        this.#publisher.forget(serial)
        this.#transport.forget(serial)
        contacts.forget(serial)
        hub.finish(serial)
        log.info('thermostat deleted', { serial, buckets: count })
      })
      return count
    })
  }
}

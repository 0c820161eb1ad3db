import {
  type AcceptedCommand,
  type CommandRequest,
  decideCommand,
  decideCommands,
} from '../../protocol/commands/decide-command.ts'
import { decideExpiry, decideNotify } from '../../protocol/delivery/decide-delivery.ts'
import type { GivenBy } from '../../protocol/setpoint.ts'
import type { Core } from '../core/core.ts'
import { unknownDevice } from './views.ts'

/** Turns commands (section 9) into pending changes (section 6), and pushes them. */
export class Commands {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  /**
   * Accepts a command: it is checked before anything is written, and on disk before it is answered.
   *
   * @throws NleError `not_found` for a thermostat that is not on file, `invalid` for the command
   */
  async command(
    serial: string,
    command: unknown,
    value: unknown,
    givenBy: GivenBy = 'client',
  ): Promise<AcceptedCommand> {
    const accepted = await this.#core.writer.decide(serial, (input) =>
      decideCommand(input, command, value, givenBy),
    )
    if (accepted === undefined) throw unknownDevice(serial)
    return accepted
  }

  /**
   * Accepts several commands of a person, all or none of them.
   *
   * @throws NleError `not_found`, or `invalid` when one of them is
   */
  async together(serial: string, requests: readonly CommandRequest[]): Promise<AcceptedCommand[]> {
    const accepted = await this.#core.writer.decide(serial, (input) =>
      decideCommands(input, requests, 'person'),
    )
    if (accepted === undefined) throw unknownDevice(serial)
    return accepted
  }

  /**
   * Pushes all queued changes of a thermostat now. Returns the number of connections that get the push.
   *
   * @throws NleError `not_found`
   */
  async notify(serial: string): Promise<number> {
    const notified = await this.#core.writer.decide(serial, decideNotify)
    if (notified === undefined) throw unknownDevice(serial)
    return notified
  }

  /** Ends the changes that have expired (`D4`). */
  async expire(): Promise<void> {
    const { store, writer, clock } = this.#core
    const serials = await store.serialsWithOverdueChange(clock.now().steadyMs)
    await Promise.all(serials.map((serial) => writer.decide(serial, decideExpiry)))
  }
}

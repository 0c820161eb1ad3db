import { decideSent } from '../../protocol/delivery/decide-delivery.ts'
import { SCHEDULE_APPLIED_MS } from '../../protocol/delivery/delivery.ts'
import { openChanges } from '../../protocol/thermostat/state.ts'
import type { Push } from '../../protocol/transport/hold.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'

/** Records pushes that were written to a connection, and asks whether a schedule was applied. */
export class SentPushes {
  readonly #core: Core
  /** By serial: when the thermostat should have applied a schedule that it was sent. */
  readonly #questions = new Map<string, Timer>()
  #stopped = false

  constructor(core: Core) {
    this.#core = core
  }

  /** A push was handed to the network: its changes count as sent (`D1`). */
  sent(serial: string, push: Push): void {
    if (push.carries.length === 0) return
    const { writer, health } = this.#core
    writer.run(
      serial,
      (input) => decideSent(input, push),
      () => {
        if (push.carries.some(({ kind }) => kind === 'schedule')) this.#askWhenApplied(serial)
      },
      // It stays queued and goes out again: the device drops what it already has.
      (error) => health.complain('sent changes could not be recorded', error, { serial }),
    )
  }

  forget(serial: string): void {
    const timer = this.#questions.get(serial)
    if (timer !== undefined) this.#core.clock.clearTimer(timer)
    this.#questions.delete(serial)
  }

  stop(): void {
    this.#stopped = true
    for (const serial of [...this.#questions.keys()]) this.forget(serial)
  }

  /**
   * Finishes what a device holds once it has applied a schedule (`D6`): it comes back and lists it.
   * Otherwise the change would stay unconfirmed until the hold ends (`S4`) or the schedule is resent.
   */
  #askWhenApplied(serial: string): void {
    if (this.#stopped) return
    const { store, clock, subscriptions, health } = this.#core
    this.forget(serial)
    const timer = clock.setTimer(SCHEDULE_APPLIED_MS, () => {
      this.#questions.delete(serial)
      store.load(serial).then(
        (state) => {
          const isUnconfirmed = openChanges(state).some(
            (change) => change.kind === 'schedule' && change.state === 'sent',
          )
          if (isUnconfirmed) subscriptions.finish(serial)
        },
        (error) => health.complain('a hold was not finished early', error, { serial }),
      )
    })
    this.#questions.set(serial, timer)
  }
}

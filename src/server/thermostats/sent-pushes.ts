import { decideSent } from '../../protocol/delivery/decide-delivery.ts'
import { SCHEDULE_APPLIED_MS } from '../../protocol/delivery/delivery.ts'
import { openChanges } from '../../protocol/thermostat/state.ts'
import type { Push } from '../../protocol/transport/hold.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'

/** Records pushes that were written to a connection, and checks whether a schedule was applied. */
export class SentPushes {
  readonly #core: Core
  /** By serial: fires when the thermostat should have applied the schedule that it was sent. */
  readonly #checks = new Map<string, Timer>()
  #stopped = false

  constructor(core: Core) {
    this.#core = core
  }

  /**
   * A push was written to the network: marks its changes as sent (`D1`).
   *
   * @param byPoll - whether it answered a poll, which also remembers pairing buckets (`V8`)
   */
  sent(serial: string, push: Push, byPoll: boolean): void {
    if (push.carries.length === 0 && !byPoll) return
    const { writer, health } = this.#core
    writer.run(
      serial,
      (input) => decideSent(input, push, byPoll),
      () => {
        if (push.carries.some(({ kind }) => kind === 'schedule')) this.#checkLater(serial)
      },
      // The changes stay queued and go out again; the device drops what it already has.
      (error) => health.complain('sent changes could not be recorded', error, { serial }),
    )
  }

  forget(serial: string): void {
    this.#core.clock.clearTimer(this.#checks.get(serial))
    this.#checks.delete(serial)
  }

  stop(): void {
    this.#stopped = true
    for (const serial of this.#checks.keys()) this.forget(serial)
  }

  /**
   * Finishes the connections of a device once it should have applied a schedule (`D6`): it reconnects and
   * lists the schedule. Otherwise the change would stay unconfirmed until the hold ends (`S4`) or the
   * schedule is sent again.
   */
  #checkLater(serial: string): void {
    if (this.#stopped) return
    const { store, clock, subscriptions, health } = this.#core
    this.forget(serial)
    const timer = clock.setTimer(SCHEDULE_APPLIED_MS, () => {
      this.#checks.delete(serial)
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
    this.#checks.set(serial, timer)
  }
}

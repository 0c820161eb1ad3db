import type { JsonObject } from '../../protocol/bucket.ts'
import { planCommand } from '../../protocol/commands/plan-command.ts'
import { type Change, ended, expire, expiryOf, supersede } from '../../protocol/delivery/change.ts'
import type { Core } from '../core/core.ts'
import type { Transaction } from '../core/writer.ts'
import type { Publisher } from './publisher.ts'
import { unknownDevice, viewOf } from './views.ts'

/** What became of a command when it was accepted. */
export interface AcceptedCommand {
  /** What `POST /command` answers as `data`. */
  readonly objectKey: string
  readonly values: JsonObject
  /** Id of the change; `/api/changes/{id}` tells the rest. */
  readonly changeId: number
  /** `pushed` when it went out on a held connection, `queued` when it waits for one or for its turn. */
  readonly delivery: 'pushed' | 'queued'
}

/** Commands (section 9) become pending changes (section 6), and go out. */
export class Commands {
  readonly #core: Core
  readonly #publisher: Publisher

  constructor(core: Core, publisher: Publisher) {
    this.#core = core
    this.#publisher = publisher
  }

  /**
   * Accepts a command: checked before anything is written, on disk before it is answered.
   *
   * @throws NleError `not_found` for a thermostat that is not on file, `invalid` for the command
   */
  command(serial: string, command: unknown, value: unknown): Promise<AcceptedCommand> {
    const { writer, clock, store } = this.#core
    return writer.commit((tx) => {
      const now = clock.now()
      const view = viewOf(store, serial, now.wallMs)
      if (view === undefined) throw unknownDevice(serial)
      const plan = planCommand(command, value, view)
      const open = store.changes.open(serial)
      const { changes, rest } = supersede(open, plan.changes, plan.cancels, now)
      for (const change of changes) {
        const before = open.find(({ id }) => id === change.id)
        if (before !== undefined) tx.updateChange(before, change)
      }
      const requeued = rest.map((change) => store.changes.insert(change, change.commandId))
      const fresh = this.#insert(tx, serial, plan.changes)
      const pushed = this.#publisher.pushToHeld(tx, serial, [...requeued, ...fresh])
      return {
        objectKey: plan.objectKey,
        values: plan.values,
        changeId: fresh[0]?.commandId ?? 0,
        delivery: pushed ? 'pushed' : 'queued',
      }
    })
  }

  /** Tries everything that is open for a thermostat again, now; the connections that were told. */
  notify(serial: string): Promise<number> {
    const { writer, store, hub } = this.#core
    return writer.commit((tx) => {
      if (store.devices.get(serial) === undefined) throw unknownDevice(serial)
      const open = store.changes.open(serial)
      const queued = open.filter(({ state }) => state === 'queued')
      return this.#publisher.pushToHeld(tx, serial, queued) ? hub.count(serial) : 0
    })
  }

  /** Ends the changes whose time is over (`D4`). */
  expire(): Promise<number> {
    const { writer, clock, store } = this.#core
    return writer.commit((tx) => {
      const now = clock.now()
      const due = store.changes.expired(now.steadyMs)
      for (const change of expire(due, now)) {
        const before = due.find(({ id }) => id === change.id)
        if (before !== undefined) tx.updateChange(before, change)
      }
      return due.length
    })
  }

  /** Ends everything open for a thermostat that is being deleted. */
  abandon(tx: Transaction, serial: string, reason: string): void {
    const now = this.#core.clock.now()
    for (const change of tx.store.changes.open(serial)) {
      tx.updateChange(change, ended(change, 'superseded', now, reason))
    }
  }

  #insert(
    tx: Transaction,
    serial: string,
    planned: ReturnType<typeof planCommand>['changes'],
  ): Change[] {
    const now = this.#core.clock.now()
    const inserted: Change[] = []
    for (const change of planned) {
      const row = tx.store.changes.insert(
        {
          serial,
          command: change.command,
          objectKey: change.objectKey,
          fields: change.fields,
          kind: change.kind,
          createdAtMs: now.wallMs,
          expiresAtSteadyMs: expiryOf(change, now.steadyMs),
        },
        inserted[0]?.commandId,
      )
      tx.announceChange(row)
      inserted.push(row)
    }
    return inserted
  }
}

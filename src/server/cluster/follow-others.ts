import type { Change } from '../../protocol/delivery/change.ts'
import { decideFollow } from '../../protocol/delivery/decide-follow.ts'
import type { SharedStore } from '../../store/shared-store.ts'
import { remember } from '../core/bounded-map.ts'
import type { Core } from '../core/core.ts'
import type { SentPushes } from '../thermostats/sent-pushes.ts'

/** Thermostats that are followed at the same time; the others wait, each at most once. */
const AT_ONCE = 32
/** Commands of one thermostat that are looked through for what has moved. */
const RECENT_COMMANDS = 3
/** Thermostats whose changes are remembered, to tell what has moved. */
const MAX_REMEMBERED = 2_000
/** A change that is not remembered has moved lately when it was made, sent or ended in this time. */
const LATELY_MS = 10_000

interface FollowParts {
  readonly core: Core
  readonly shared: SharedStore
  readonly sentPushes: SentPushes
  /** Whether anybody here wants to know how changes of all thermostats move. */
  wantsChanges(): boolean
}

/**
 * Follows what other processes write: pushes it on the connections that this process holds, and tells those who
 * watch here.
 */
export class FollowOthers {
  readonly #parts: FollowParts
  readonly #waiting = new Set<string>()
  #running = 0
  /** By serial: the states of its last changes, by their ids. */
  readonly #states = new Map<string, ReadonlyMap<number, Change['state']>>()
  #unlisten: (() => void)[] = []

  constructor(parts: FollowParts) {
    this.#parts = parts
  }

  start(): void {
    const { shared, core } = this.#parts
    const { events, subscriptions } = core
    this.#unlisten = [
      shared.onChanged(
        (serials) => this.#changed(serials),
        () => subscriptions.serials(),
      ),
      events.on('pushWasLate', (serial) => this.#follow(serial)),
    ]
  }

  stop(): void {
    for (const unlisten of this.#unlisten) unlisten()
    this.#waiting.clear()
  }

  #changed(serials: readonly string[]): void {
    const { subscriptions, presence, events } = this.#parts.core
    for (const serial of serials) {
      const isKnown = subscriptions.count(serial) > 0 || presence.lastSeenMs(serial) !== undefined
      if (isKnown || this.#parts.wantsChanges()) this.#follow(serial)
      events.emit('deviceChanged', serial)
    }
  }

  #follow(serial: string): void {
    this.#waiting.add(serial)
    this.#work()
  }

  #work(): void {
    for (const serial of this.#waiting) {
      if (this.#running >= AT_ONCE) return
      this.#waiting.delete(serial)
      this.#running += 1
      this.#followOne(serial)
        .catch((error) =>
          this.#parts.core.health.complain('what another process wrote was not followed', error, {
            serial,
          }),
        )
        .finally(() => {
          this.#running -= 1
          this.#work()
        })
    }
  }

  async #followOne(serial: string): Promise<void> {
    const { core, wantsChanges } = this.#parts
    if (core.subscriptions.count(serial) > 0) await this.#push(serial)
    const { device } = await core.store.shown(serial)
    if (device === undefined) this.#letGo(serial)
    if (wantsChanges()) await this.#tellMoved(serial)
  }

  #push(serial: string): Promise<void> {
    const { subscriptions, writer } = this.#parts.core
    return new Promise((resolve, reject) =>
      writer.run(
        serial,
        (input) => decideFollow(input, subscriptions.following(serial)),
        ({ push, isLate }, isTooLate) => {
          if (isLate) subscriptions.finish(serial)
          else if (push !== undefined && isTooLate) this.#follow(serial)
          else if (push !== undefined) subscriptions.pushWhereLacking(serial, push)
          resolve()
        },
        reject,
      ),
    )
  }

  /** Another process has deleted it. */
  #letGo(serial: string): void {
    const { core, sentPushes } = this.#parts
    sentPushes.forget(serial)
    core.presence.forget(serial)
    core.subscriptions.finish(serial)
    this.#states.delete(serial)
    core.events.emit('deviceRemoved', serial)
  }

  async #tellMoved(serial: string): Promise<void> {
    const { store, events, clock } = this.#parts.core
    const before = this.#states.get(serial)
    const commands = await store.recentCommands(serial, RECENT_COMMANDS)
    const changes = commands.flat()
    remember(
      this.#states,
      serial,
      new Map(changes.map(({ id, state }) => [id, state])),
      MAX_REMEMBERED,
    )
    const sinceMs = clock.now().wallMs - LATELY_MS
    for (const change of changes) {
      const known = before?.get(change.id)
      const hasMoved = known === undefined ? movedAtMs(change) >= sinceMs : known !== change.state
      if (hasMoved) events.emit('changeMoved', change, 'others')
    }
  }
}

/** When a change moved last, wall clock, ms. */
function movedAtMs({ createdAtMs, sentAt, endedAtMs }: Change): number {
  return endedAtMs ?? sentAt?.wallMs ?? createdAtMs
}

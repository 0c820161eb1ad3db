import type { Change } from '../../protocol/delivery/change.ts'
import type { Notice } from '../../protocol/notify/notice.ts'

/** Events for listeners (event streams, MQTT). They follow the commit. */
export interface ServerEvents {
  /** A thermostat looks different to readers; it may have been removed. */
  deviceChanged: (serial: string) => void
  /** A thermostat was deleted with everything of it. One that calls again is a new one. */
  deviceRemoved: (serial: string) => void
  /** A change is new, or moved from one delivery state to another, by this process or another. */
  changeMoved: (change: Change, by: 'us' | 'others') => void
  /** A push was not written, because the process was held up after it was decided. */
  pushWasLate: (serial: string) => void
  /** A thermostat wrote buckets of unknown types, which take this much room on disk. */
  unknownBucketsWritten: (bytes: number) => void
  /** A thermostat calls again, or has been silent for too long. */
  availabilityChanged: (serial: string, isAvailable: boolean) => void
  /** A nightly backup was made, or failed for this reason. */
  backupEnded: (failure: string | undefined) => void
  /** People are told of something. */
  noticed: (notice: Notice) => void
}

type Listeners = { [E in keyof ServerEvents]: Set<ServerEvents[E]> }

/** Calls listeners. A listener that throws affects neither the server nor the other listeners. */
export class EventBus {
  readonly #listeners: Listeners = {
    deviceChanged: new Set(),
    deviceRemoved: new Set(),
    changeMoved: new Set(),
    pushWasLate: new Set(),
    unknownBucketsWritten: new Set(),
    availabilityChanged: new Set(),
    backupEnded: new Set(),
    noticed: new Set(),
  }
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Returns the function that stops listening. */
  on<E extends keyof ServerEvents>(event: E, listener: ServerEvents[E]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** Whether anybody listens. */
  hasListener(event: keyof ServerEvents): boolean {
    return this.#listeners[event].size > 0
  }

  emit<E extends keyof ServerEvents>(event: E, ...args: Parameters<ServerEvents[E]>): void {
    for (const listener of this.#listeners[event]) {
      try {
        ;(listener as (...args: Parameters<ServerEvents[E]>) => void)(...args)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}

import type { Change } from '../../protocol/delivery/change.ts'

/** What those who watch (event streams, MQTT) are told, after it is on disk. */
export interface ServerEvents {
  /** Something a reader sees of a thermostat is different now; it may be gone. */
  deviceChanged: (serial: string) => void
  /** A change is on file, or moved from one delivery state to another. */
  changeMoved: (change: Change) => void
  /** A thermostat came, or has not been heard of for a while. */
  availabilityChanged: (serial: string, isAvailable: boolean) => void
}

type Listeners = { [E in keyof ServerEvents]: Set<ServerEvents[E]> }

/** Tells listeners; one that throws harms neither the server nor the others. */
export class EventBus {
  readonly #listeners: Listeners = {
    deviceChanged: new Set(),
    changeMoved: new Set(),
    availabilityChanged: new Set(),
  }
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Gives back the way to stop listening. */
  on<E extends keyof ServerEvents>(event: E, listener: ServerEvents[E]): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
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

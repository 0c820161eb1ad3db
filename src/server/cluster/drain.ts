import type { Clock } from '../core/clock.ts'
import type { Subscriptions } from '../core/subscriptions.ts'

const STEP_MS = 1_000
/** How long a finished answer has to leave before its connection is closed. */
const LEAVES_MS = 100

interface Draining {
  readonly clock: Clock
  readonly subscriptions: Subscriptions
  /** Closes the connections without a request, so that the next request reaches another process. */
  closeIdle(): void
}

/**
 * Finishes the held connections evenly over this time, the oldest first, so that other processes get the
 * thermostats one after the other. One that comes here again is held again, as the newest.
 */
export function drain({ clock, subscriptions, closeIdle }: Draining, forMs: number): Promise<void> {
  const endsAtMs = clock.now().steadyMs + forMs
  return new Promise((resolve) => {
    const step = (): void => {
      const leftMs = endsAtMs - clock.now().steadyMs
      if (leftMs <= 0) {
        resolve()
        return
      }
      const steps = Math.ceil(leftMs / STEP_MS)
      const serials = [...subscriptions.serials()]
      for (const serial of serials.slice(0, Math.floor(serials.length / steps))) {
        subscriptions.finish(serial)
      }
      clock.setTimer(LEAVES_MS, closeIdle)
      clock.setTimer(Math.min(STEP_MS, leftMs), step)
    }
    step()
  })
}

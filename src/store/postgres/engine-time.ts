import { setTimeout } from 'node:timers/promises'

/** How long a request waits for a database that restarts or fails over, and the pause between two attempts. */
export const PATIENCE_MS = 5_000
export const PAUSE_MS = 200

/** Time, for whoever waits for a database that is away. */
export interface EngineTime {
  /** Ms on a clock that only runs forward. */
  steadyMs(): number
  /** Resolves after this time, or earlier when the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Does this once the event loop has served what is there already. */
  atTurnEnd(work: () => void): void
}

export const SYSTEM_TIME: EngineTime = {
  steadyMs: () => performance.now(),
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
  atTurnEnd: setImmediate,
}

import { performance } from 'node:perf_hooks'
import type { Now } from '../../protocol/now.ts'

/** A timer of a clock; only that clock looks into it. */
export type Timer = unknown

/** The one source of time. Tests and simulations bring their own. */
export interface Clock {
  now(): Now
  /** Calls `fire` once after `ms` of steady time. */
  setTimer(ms: number, fire: () => void): Timer
  /** Has no effect on a timer that fired or was cleared before, nor for undefined. */
  clearTimer(timer: Timer): void
}

/** The clocks of this machine; see `Now`. */
export function systemClock(): Clock {
  const startedAtMs = Date.now() - performance.now()
  return {
    now: () => ({ wallMs: Date.now(), steadyMs: startedAtMs + performance.now() }),
    setTimer: (ms, fire) => setTimeout(fire, ms),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  }
}

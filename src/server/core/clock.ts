import { performance } from 'node:perf_hooks'
import type { Now } from '../../protocol/now.ts'

/** A timer that was set; opaque to everybody but its clock. */
export type Timer = unknown

/** The one place where time comes from. Tests and simulations bring their own. */
export interface Clock {
  now(): Now
  /** Calls `fire` once after `ms` of steady time. */
  setTimer(ms: number, fire: () => void): Timer
  clearTimer(timer: Timer): void
}

/** The machine's own clocks. The steady one starts equal to the wall clock and only runs forward. */
export function systemClock(): Clock {
  const startedAtMs = Date.now() - performance.now()
  return {
    now: () => ({ wallMs: Date.now(), steadyMs: startedAtMs + performance.now() }),
    setTimer: (ms, fire) => setTimeout(fire, ms),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  }
}

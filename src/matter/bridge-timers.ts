/** The clock of the bridge: tests bring their own. */
export interface BridgeTimers {
  /** Wall clock, ms since epoch. */
  nowMs(): number
  setTimer(ms: number, fire: () => void): unknown
  /** Has no effect for undefined. */
  clearTimer(timer: unknown): void
}

export const systemTimers: BridgeTimers = {
  nowMs: () => Date.now(),
  setTimer: (ms, fire) => setTimeout(fire, ms),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
}

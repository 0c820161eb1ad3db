import { recentOf } from '../last-minute.ts'

/**
 * A thermostat that never lists what it was sent would be answered at once for ever, reconnect after
 * reconnect, until its battery is flat. So after some answers within a minute there is one per hold
 * period, until the thermostat lists it (`P11`).
 */
export interface RepeatGuard {
  /** Steady clock, ms, oldest first. */
  readonly answeredAtMs: readonly number[]
  readonly slow: boolean
}

const MAX_IN_WINDOW = 5

/** Whether to repeat the answer now, and the guard to keep if so. */
export function mayRepeat(
  guard: RepeatGuard | undefined,
  steadyMs: number,
  holdMs: number,
): { allowed: boolean; guard: RepeatGuard } {
  const answered = guard?.answeredAtMs ?? []
  const recent = recentOf(answered, steadyMs)
  const slow = (guard?.slow ?? false) || recent.length >= MAX_IN_WINDOW
  const last = answered.at(-1) ?? Number.NEGATIVE_INFINITY
  const allowed = slow ? steadyMs - last >= holdMs : true
  return {
    allowed,
    guard: { answeredAtMs: allowed ? [...recent, steadyMs].slice(-MAX_IN_WINDOW) : answered, slow },
  }
}

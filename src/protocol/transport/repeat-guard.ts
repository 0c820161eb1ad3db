import { recentOf, recentWithNow } from '../last-minute.ts'

/**
 * A thermostat that never lists a pushed bucket would get it again with every subscribe and reconnect at
 * once, until its battery is flat. So after five answers within a minute it gets one per hold period,
 * until it lists the bucket (`P11`).
 */
export interface RepeatGuard {
  /** Steady clock, ms, oldest first. */
  readonly answeredAtMs: readonly number[]
  /** One answer per hold period. */
  readonly slow: boolean
}

const MAX_IN_WINDOW = 5

/** Whether the answer may be repeated now, and the guard after that. */
export function mayRepeat(
  guard: RepeatGuard | undefined,
  steadyMs: number,
  holdMs: number,
): { allowed: boolean; guard: RepeatGuard } {
  const answered = guard?.answeredAtMs ?? []
  const slow = (guard?.slow ?? false) || recentOf(answered, steadyMs).length >= MAX_IN_WINDOW
  const last = answered.at(-1) ?? Number.NEGATIVE_INFINITY
  const allowed = !slow || steadyMs - last >= holdMs
  const answeredAtMs = allowed ? recentWithNow(answered, steadyMs, MAX_IN_WINDOW) : answered
  return { allowed, guard: { answeredAtMs, slow } }
}

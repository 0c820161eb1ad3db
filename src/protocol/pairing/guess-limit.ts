import { recentOf, secondsUntilPast } from '../last-minute.ts'

/**
 * Limits guessing by one caller (`P12`): after ten wrong codes in a minute from one network, no more
 * tries until the minute is over.
 */
export interface GuessLimit {
  /** Steady clock, ms, oldest first. */
  readonly wrongAtMs: readonly number[]
}

const MAX_WRONG = 10

/** Seconds until the next try is allowed; 0 when it is allowed now. */
export function retryAfterS(limit: GuessLimit | undefined, steadyMs: number): number {
  const recent = recentOf(limit?.wrongAtMs ?? [], steadyMs)
  const [oldest] = recent
  return recent.length < MAX_WRONG || oldest === undefined ? 0 : secondsUntilPast(oldest, steadyMs)
}

/** The limit after a well-formed but wrong code. */
export function wrongGuess(limit: GuessLimit | undefined, steadyMs: number): GuessLimit {
  const recent = recentOf(limit?.wrongAtMs ?? [], steadyMs)
  return { wrongAtMs: [...recent, steadyMs].slice(-MAX_WRONG) }
}

/**
 * Slows guessing down that comes from many networks at once (`P12`): after 30 wrong codes in a minute
 * from all of them together, one try per second is looked at.
 */
export interface GuessPace extends GuessLimit {
  /** When the last try that had to wait is looked at. */
  readonly lastTurnAtMs: number
}

export const CALM: GuessPace = { wrongAtMs: [], lastTurnAtMs: Number.NEGATIVE_INFINITY }

const CALM_WRONG = 30
const TURN_MS = 1_000
/** A try that would have to wait longer is refused. */
const MAX_WAIT_MS = 30_000

/** When a try that comes now is looked at: `waitMs` from now, or not at all. */
export function takeTurn(
  pace: GuessPace,
  steadyMs: number,
): { pace: GuessPace; waitMs: number } | { retryAfterS: number } {
  const wrongAtMs = recentOf(pace.wrongAtMs, steadyMs)
  if (wrongAtMs.length < CALM_WRONG) return { pace: { ...pace, wrongAtMs }, waitMs: 0 }
  const turnAtMs = Math.max(steadyMs, pace.lastTurnAtMs) + TURN_MS
  const waitMs = turnAtMs - steadyMs
  if (waitMs > MAX_WAIT_MS) return { retryAfterS: Math.ceil(waitMs / 1000) }
  return { pace: { wrongAtMs, lastTurnAtMs: turnAtMs }, waitMs }
}

/** The pace after a wrong code. */
export function wrongCode(pace: GuessPace, steadyMs: number): GuessPace {
  const recent = recentOf(pace.wrongAtMs, steadyMs)
  return { ...pace, wrongAtMs: [...recent, steadyMs].slice(-CALM_WRONG) }
}

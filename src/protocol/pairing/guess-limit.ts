import { recentOf, recentWithNow, secondsUntilPast } from '../last-minute.ts'

/**
 * Limits the guesses of one network (`P12`): after ten wrong codes in a minute, the next try is allowed
 * when the first of them is a minute old.
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
  return { wrongAtMs: recentWithNow(limit?.wrongAtMs ?? [], steadyMs, MAX_WRONG) }
}

/**
 * Slows the guesses of all networks together (`P12`): after 30 wrong codes in a minute, one try per second
 * is checked.
 */
export interface GuessPace extends GuessLimit {
  /** When the last of the waiting tries is checked. */
  readonly lastTurnAtMs: number
}

export const CALM: GuessPace = { wrongAtMs: [], lastTurnAtMs: Number.NEGATIVE_INFINITY }

const CALM_WRONG = 30
const TURN_MS = 1_000
/** The longest wait of a try; one that would wait longer is refused. */
const MAX_WAIT_MS = 30_000

/** When a try that arrives now is checked: `waitMs` from now, or never. */
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
  return { ...pace, wrongAtMs: recentWithNow(pace.wrongAtMs, steadyMs, CALM_WRONG) }
}

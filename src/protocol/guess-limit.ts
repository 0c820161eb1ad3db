/**
 * Limits guessing of entry codes (`P12`): after ten wrong codes in a minute from one address, no
 * more tries until the minute is over.
 */
export interface GuessLimit {
  /** Steady clock, ms, oldest first. */
  readonly wrongAtMs: readonly number[]
}

const WINDOW_MS = 60_000
const MAX_WRONG = 10

/** Seconds until the next try is allowed; 0 when it is allowed now. */
export function retryAfterS(limit: GuessLimit | undefined, steadyMs: number): number {
  const recent = recentOf(limit, steadyMs)
  const oldest = recent[0]
  return recent.length < MAX_WRONG || oldest === undefined
    ? 0
    : Math.max(1, Math.ceil((oldest + WINDOW_MS - steadyMs) / 1000))
}

/** The limit after a well-formed but wrong code. */
export function wrongGuess(limit: GuessLimit | undefined, steadyMs: number): GuessLimit {
  return { wrongAtMs: [...recentOf(limit, steadyMs), steadyMs].slice(-MAX_WRONG) }
}

function recentOf(limit: GuessLimit | undefined, steadyMs: number): readonly number[] {
  return (limit?.wrongAtMs ?? []).filter((atMs) => steadyMs - atMs < WINDOW_MS)
}

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

/**
 * Slows guessing of entry codes down for everybody when it comes from many addresses at once (`P12`):
 * after 30 wrong codes in a minute, whoever they came from, tries are looked at one per second.
 */
export interface GuessPace {
  /** Steady clock, ms, oldest first. */
  readonly wrongAtMs: readonly number[]
  /** When the last try that had to wait is looked at. */
  readonly lastTurnAtMs: number
}

export const CALM: GuessPace = { wrongAtMs: [], lastTurnAtMs: Number.NEGATIVE_INFINITY }

const CALM_WRONG = 30
const TURN_MS = 1_000
/** Who would have to wait longer is told to come back. */
const MAX_WAIT_MS = 30_000

/** When a try that comes now is looked at: `waitMs` from now, or not at all. */
export function takeTurn(
  pace: GuessPace,
  steadyMs: number,
): { pace: GuessPace; waitMs: number } | { retryAfterS: number } {
  const wrongAtMs = recent(pace, steadyMs)
  if (wrongAtMs.length < CALM_WRONG) return { pace: { ...pace, wrongAtMs }, waitMs: 0 }
  const turnAtMs = Math.max(steadyMs, pace.lastTurnAtMs) + TURN_MS
  const waitMs = turnAtMs - steadyMs
  if (waitMs > MAX_WAIT_MS) return { retryAfterS: Math.ceil(waitMs / 1000) }
  return { pace: { wrongAtMs, lastTurnAtMs: turnAtMs }, waitMs }
}

/** The pace after a wrong code. */
export function wrongCode(pace: GuessPace, steadyMs: number): GuessPace {
  return { ...pace, wrongAtMs: [...recent(pace, steadyMs), steadyMs].slice(-CALM_WRONG) }
}

function recent({ wrongAtMs }: GuessPace, steadyMs: number): readonly number[] {
  return wrongAtMs.filter((atMs) => steadyMs - atMs < WINDOW_MS)
}

import { isRecent, recentOf, recentWithNow, secondsUntilPast } from '../last-minute.ts'

/**
 * Limits guesses: after ten wrong ones in a minute, the next try is allowed when the first of them is a
 * minute old (`P12`).
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

/** The limit after a well-formed but wrong guess. */
export function wrongGuess(limit: GuessLimit | undefined, steadyMs: number): GuessLimit {
  return { wrongAtMs: recentWithNow(limit?.wrongAtMs ?? [], steadyMs, MAX_WRONG) }
}

/** Whether there was a wrong guess in the last minute. */
export function guessedLately(limit: GuessLimit | undefined, steadyMs: number): boolean {
  const last = limit?.wrongAtMs.at(-1)
  return last !== undefined && isRecent(last, steadyMs)
}

/**
 * Whether several servers together have counted too many wrong guesses in this minute.
 *
 * @param own - of the address
 * @param network - of its foreign network, 0 without one
 * @param newcomers - addresses of that network with a wrong guess
 */
export function areTooManyGuesses(own: number, network: number, newcomers: number): boolean {
  return own >= MAX_WRONG || (own > 0 ? network >= MAX_WRONG : newcomers >= MAX_NEWCOMERS)
}

/**
 * The wrong guesses of a foreign IPv6 /64, in which one person has all addresses: they count together. An
 * address without a wrong guess of its own is still served, because a neighbour's guessing must not keep
 * the owner from pairing; but not without end.
 */
export interface NetworkGuesses {
  readonly limit: GuessLimit
  /** When an address made its first wrong guess; steady clock, ms, oldest first. */
  readonly newcomersAtMs: readonly number[]
}

const MAX_NEWCOMERS = 256

/**
 * Seconds until an address of this network may try; 0 for now.
 *
 * @param hasGuessed - whether the address itself guessed wrong in the last minute
 */
export function networkRetryAfterS(
  guesses: NetworkGuesses | undefined,
  hasGuessed: boolean,
  steadyMs: number,
): number {
  if (hasGuessed) return retryAfterS(guesses?.limit, steadyMs)
  const recent = recentOf(guesses?.newcomersAtMs ?? [], steadyMs)
  const [oldest] = recent
  return recent.length < MAX_NEWCOMERS || oldest === undefined
    ? 0
    : secondsUntilPast(oldest, steadyMs)
}

/** The guesses of a network after a wrong one. */
export function wrongInNetwork(
  guesses: NetworkGuesses | undefined,
  hasGuessed: boolean,
  steadyMs: number,
): NetworkGuesses {
  const newcomers = guesses?.newcomersAtMs ?? []
  return {
    limit: wrongGuess(guesses?.limit, steadyMs),
    newcomersAtMs: hasGuessed ? newcomers : recentWithNow(newcomers, steadyMs, MAX_NEWCOMERS),
  }
}

/** The last minute, which is the window of every rate limit. Times are ms on the steady clock. */

const WINDOW_MS = 60_000

/** Whether a time is less than a minute old. */
export function isRecent(atMs: number, steadyMs: number): boolean {
  return steadyMs - atMs < WINDOW_MS
}

/** The recent ones of these times, in their order. */
export function recentOf(timesMs: readonly number[], steadyMs: number): readonly number[] {
  return timesMs.filter((atMs) => isRecent(atMs, steadyMs))
}

/** The recent ones of these times and now; at most `most`, the latest ones. */
export function recentWithNow(
  timesMs: readonly number[],
  steadyMs: number,
  most: number,
): readonly number[] {
  return [...recentOf(timesMs, steadyMs), steadyMs].slice(-most)
}

/** Seconds until an event at a recent time is a minute old; at least 1. */
export function secondsUntilPast(atMs: number, steadyMs: number): number {
  return Math.max(1, Math.ceil((atMs + WINDOW_MS - steadyMs) / 1000))
}

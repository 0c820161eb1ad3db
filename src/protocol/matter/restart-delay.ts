const FIRST_MS = 1_000
const LONGEST_MS = 300_000
/** A process that ran for this long was well: the next end counts as the first. */
const WELL_MS = 60_000

/** How often in a row the process ended early. */
export interface Failures {
  readonly count: number
}

export const NO_FAILURES: Failures = { count: 0 }

/** Counts the end of a process that ran for so long. */
export function afterEnd({ count }: Failures, ranMs: number): Failures {
  return { count: ranMs >= WELL_MS ? 1 : count + 1 }
}

/** How long to wait before the next start: twice as long each time, five minutes at most. */
export function restartDelayMs({ count }: Failures): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(count - 1, 20))
}

const MINUTE_MS = 60_000
const PAUSES_MS = [0.5, 1, 2, 5, 10, 30, 60, 120, 240, 480].map((minutes) => minutes * MINUTE_MS)

/** How long to wait after so many failures; undefined when a receiver was given 15 hours in vain. */
export function pauseMs(failures: number): number | undefined {
  return PAUSES_MS[failures - 1]
}

/** Notices that wait for one receiver, at most: a household has not as many in a week. */
export const MAX_WAITING = 64

import type { OffsetAt } from '../view/device-view.ts'

/** When the nightly backup is made, ms after midnight: when most homes sleep, and clocks are not changed. */
const AT_MS = (3 * 60 + 10) * 60_000
const DAY_MS = 86_400_000

/**
 * Whether a backup is due: there is none yet, or a night has come since the last one. So one that was missed
 * while the server was off is made up for.
 *
 * @param lastMs - wall clock; undefined without any
 * @param offsetAt - of the server's time zone
 */
export function isBackupDue(
  lastMs: number | undefined,
  nowMs: number,
  offsetAt: OffsetAt,
): boolean {
  // One of a later time was made by a wrong clock.
  return lastMs === undefined || lastMs > nowMs || lastMs < latestNightMs(nowMs, offsetAt)
}

/** The latest time that a nightly backup was due, wall clock, ms. */
function latestNightMs(nowMs: number, offsetAt: OffsetAt): number {
  const localMs = nowMs + offsetAt(nowMs) * 1000
  const nightMs = Math.floor((localMs - AT_MS) / DAY_MS) * DAY_MS + AT_MS
  // The clocks may have been changed since that night.
  const offsetS = offsetAt(nightMs - offsetAt(nowMs) * 1000)
  return nightMs - offsetS * 1000
}

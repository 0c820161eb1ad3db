import { type Allowance, type AllowanceRule, useAllowance } from '../allowance.ts'
import { AT, isSlowField, type Reading } from './reading.ts'

/** The least time between two samples of a slow reading. */
export const SLOW_EVERY_MS = 300_000
/** Changes of one thermostat that are kept at once. One that changes more often is kept less exactly. */
export const CHANGES: AllowanceRule = { atOnce: 60, perMinute: 1 }

/** What is known of one thermostat, to decide about its next sample. Times are on the steady clock. */
export interface Track {
  /** As the last sample has it. */
  readonly kept: Reading
  /** As it is shown now. */
  readonly latest: Reading
  /** When the slow readings were kept last, ms. */
  readonly slowAtSteadyMs: number
  readonly allowance: Allowance | undefined
}

/** From when on a thermostat was as a row says. */
export interface Sample {
  readonly atSteadyMs: number
  readonly row: Reading
}

/** What follows from a reading: the track from now on, and the samples to keep, oldest first. */
interface Observed {
  readonly track: Track
  readonly samples: readonly Sample[]
}

export function beginTrack(row: Reading, steadyMs: number): Track {
  return { kept: row, latest: row, slowAtSteadyMs: steadyMs, allowance: undefined }
}

/** Takes note of how a thermostat is shown now. */
export function observe(before: Track, row: Reading, steadyMs: number): Observed {
  const settled = settle(before, steadyMs)
  const { track, samples } = keepChanges({ ...settled.track, latest: row }, steadyMs)
  return { track, samples: [...settled.samples, ...samples] }
}

/** Keeps what was held back and may be kept by now. */
export function settle(before: Track, steadyMs: number): Observed {
  const dueMs = before.slowAtSteadyMs + SLOW_EVERY_MS
  if (dueMs > steadyMs) return keepChanges(before, steadyMs)
  // Slow readings that were held back have not changed since, so they count from when they were due.
  const slow = keepChanges(before, dueMs, isSlowField)
  const { track, samples } = keepChanges(slow.track, steadyMs)
  return { track, samples: [...slow.samples, ...samples] }
}

/**
 * @param isMeant - the fields that may be kept, by their place in a row
 */
function keepChanges(
  track: Track,
  steadyMs: number,
  isMeant: (place: number) => boolean = () => true,
): Observed {
  const { kept, latest } = track
  const differs = (value: number | null, i: number): boolean => value !== kept[i] && isMeant(i)
  if (!latest.some(differs)) return { track, samples: [] }
  // All readings begin and end with the connection.
  const isSlowDue =
    differs(latest[AT.online] ?? null, AT.online) ||
    steadyMs - track.slowAtSteadyMs >= SLOW_EVERY_MS
  const hasChanged = latest.some((value, i) => !isSlowField(i) && differs(value, i))
  const used = hasChanged ? useAllowance(CHANGES, track.allowance, steadyMs) : undefined
  const allowance = used !== undefined && 'allowance' in used ? used.allowance : undefined
  const row = latest.map((value, i) => {
    const isTaken = isSlowField(i) ? isSlowDue : allowance !== undefined
    return isTaken && isMeant(i) ? value : (kept[i] ?? null)
  })
  if (row.every((value, i) => value === kept[i])) return { track, samples: [] }
  return {
    track: {
      kept: row,
      latest,
      slowAtSteadyMs: isSlowDue ? steadyMs : track.slowAtSteadyMs,
      allowance: allowance ?? track.allowance,
    },
    samples: [{ atSteadyMs: steadyMs, row }],
  }
}

import type { Written } from './wanted-commands.ts'

/** A slider sends many values: the last one counts, once it has been still for this long, ms. */
const QUIET_MS = 300
/** A slider that keeps moving sends a command this often, ms. */
const LATEST_MS = 900
/** A scene sets mode and setpoint in any order, at most this far apart, ms. */
const SCENE_MS = 10_000

/** Writes that have not become a command yet. */
export interface Burst {
  readonly written: Written
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/** A burst with one more write. */
export function joined(burst: Burst | undefined, written: Written, nowMs: number): Burst {
  return {
    written: { ...burst?.written, ...written },
    firstAtMs: burst?.firstAtMs ?? nowMs,
    lastAtMs: nowMs,
  }
}

/** When the burst becomes a command, by the clock of the writes. */
export function dueAtMs({ firstAtMs, lastAtMs }: Burst): number {
  return Math.min(lastAtMs + QUIET_MS, firstAtMs + LATEST_MS)
}

/**
 * What a burst wants, given the one before it: a mode takes the setpoint along that a scene wrote just before,
 * while that setpoint did not count yet.
 */
export function completed(burst: Burst, before: Burst | undefined): Written {
  const { written } = burst
  if (written.mode === undefined || before === undefined) return written
  if (burst.firstAtMs - before.lastAtMs > SCENE_MS || before.written.mode !== undefined) {
    return written
  }
  const { heating, cooling } = before.written
  return {
    ...(heating === undefined ? {} : { heating }),
    ...(cooling === undefined ? {} : { cooling }),
    ...written,
  }
}

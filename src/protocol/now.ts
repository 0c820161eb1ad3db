/**
 * One instant on two clocks. The wall clock is the world's time, and goes out on the wire; it
 * may jump by years when a Raspberry Pi gets its network time. The steady clock starts
 * equal to it when the process starts and then only runs forward: everything that elapses (keys,
 * changes, windows) is measured on it.
 */
export interface Now {
  /** Ms since epoch. */
  readonly wallMs: number
  /** Ms since the same epoch, as counted since the process started. */
  readonly steadyMs: number
}

/** A smaller difference is no setting of the wall clock, ms. */
export const CLOCK_SET_MS = 10_000

/**
 * The time that decides what is old enough to be deleted: that of the clock that is behind. A wall
 * clock that runs years ahead for an hour must not delete everything.
 */
export function earlierOf({ wallMs, steadyMs }: Now): number {
  return Math.min(wallMs, steadyMs)
}

/** One run of the machine. Since its begin time is counted exactly, whatever the wall clock is set to. */
export interface Boot {
  readonly id: string
  /** Ms since the boot. */
  readonly elapsedMs: number
}

/** What a process leaves about its clocks, so that the next one can convert its steady times. */
export interface ClockRecord {
  /** By how much the wall clock was set since the process started, ms, as far as it was noted. */
  readonly aheadMs: number
  /** The boot in which it ran; null when unknown. */
  readonly bootId: string | null
  /** When that boot was, on the steady clock of the process. */
  readonly bootAtSteadyMs: number | null
}

export interface Conversion {
  /** What has to be added to the steady times of the process before. */
  readonly byMs: number
  /** Whether the machine was off meanwhile: for how long, only its wall clock tells, which may be wrong. */
  readonly isReboot: boolean
}

/** How steady times of an earlier process become those of this one. */
export function conversion(
  before: ClockRecord | undefined,
  steadyMs: number,
  boot: Boot | undefined,
): Conversion {
  if (before === undefined) return { byMs: 0, isReboot: false }
  const { aheadMs, bootId, bootAtSteadyMs } = before
  if (boot === undefined || bootId === null || bootAtSteadyMs === null) {
    return { byMs: aheadMs, isReboot: false }
  }
  return bootId === boot.id
    ? { byMs: steadyMs - boot.elapsedMs - bootAtSteadyMs, isReboot: false }
    : { byMs: aheadMs, isReboot: true }
}

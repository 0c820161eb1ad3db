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

/**
 * The time that decides what is old enough to be deleted: that of the clock that is behind. A wall
 * clock that runs years ahead for an hour must not delete everything.
 */
export function earlierOf({ wallMs, steadyMs }: Now): number {
  return Math.min(wallMs, steadyMs)
}

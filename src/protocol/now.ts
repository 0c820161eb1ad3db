/**
 * One instant on two clocks. The wall clock is what the world agrees on and what goes out on the
 * wire; it may jump by years when a Raspberry Pi finds its network time. The steady clock starts
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
 * What things are judged old by that are to be deleted: whichever clock is behind. A wall clock that
 * runs years ahead for an hour must not take everything with it.
 */
export function earlierOf({ wallMs, steadyMs }: Now): number {
  return Math.min(wallMs, steadyMs)
}

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

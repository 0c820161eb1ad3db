/** A job that no other process does while this one has it. */
export interface HeldJob {
  readonly name: string
  /** Grows by one with each process that gets the job, so that what a process writes too late is refused. */
  readonly epoch: number
}

import type { JsonObject } from '../protocol/bucket.ts'
import type { SharedHistory } from './history-store.ts'

/** The last contact with a thermostat. */
export interface LastSeen {
  /** Wall clock, ms. */
  readonly atMs: number
  /** The network that it called from; undefined when that is not known. */
  readonly network?: string | undefined
}

/** One of the counts that all processes share. */
export interface SharedCount {
  readonly key: string
  /** Windows follow each other on the database's clock; each begins at 0. */
  readonly windowMs: number
  /** 0 only reads it. */
  readonly add: number
}

/** A job that no other process does while this one has it. */
export interface HeldJob {
  readonly name: string
  /** Grows by one with each process that gets the job, so that what a process writes too late is refused. */
  readonly epoch: number
}

/** What the processes that share a database have in common, besides the thermostats on file. */
export interface SharedStore {
  /** Names this process, and no other before or after it: letters and digits. */
  readonly processId: string
  /**
   * Tells of thermostats that other processes wrote, moments after each commit. After a gap in what was heard,
   * tells of those among `held` that were written meanwhile. One listener at a time.
   *
   * @returns the function that stops listening
   */
  onChanged(changed: (serials: readonly string[]) => void, held: () => Iterable<string>): () => void
  /** The clock of all processes, ms since epoch. It never goes back, after a failover neither. */
  time(): Promise<number>
  /**
   * Gives a job to one process at a time: `gained` once no other process has it, and `lost` as soon as this
   * process cannot be sure any more that it is the only one; `gained` may follow again.
   *
   * @returns the function that gives the job to another process; neither is called after that
   */
  exclusive(name: string, gained: (epoch: number) => void, lost: () => void): () => Promise<void>
  /**
   * As `Store.setIntegration`, for the process that has a job.
   *
   * @throws NleError `in_use` when another process has gained the job since
   */
  setIntegrationAs(
    job: HeldJob,
    integration: string,
    config: JsonObject | undefined,
    wallMs: number,
  ): Promise<boolean>
  /**
   * The history of all thermostats.
   *
   * @param job - sums and deletions are refused as `setIntegrationAs` refuses; left out, they are nobody's job
   */
  history(job?: HeldJob): SharedHistory
  /** Adds to counts, and returns them. They are coarse, and do not outlive a failover. */
  count(counts: readonly SharedCount[]): Promise<number[]>
  /** The last contacts of any process with these (`recordSeen`), without those not on file. */
  lastSeen(serials: readonly string[]): Promise<ReadonlyMap<string, LastSeen>>
  /** Whether the database answers and takes writes now. */
  isReady(): Promise<boolean>
}

import type { NleError } from '../../errors.ts'
import type { SharedStore } from '../../store/shared-store.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import type { SentPushes } from '../thermostats/sent-pushes.ts'
import { ExclusiveJob, type Work } from './exclusive-job.ts'
import { FollowOthers } from './follow-others.ts'
import { HeardElsewhere } from './heard-elsewhere.ts'
import { PauseWatch } from './pause-watch.ts'

/** How often other processes learn of the contacts of this one, and this one of settings that they stored. */
const EVERY_MS = 30_000

/** What one process does and the others stand by for. */
export interface SharedWork extends Work {
  /** Reads again what another process may have stored. */
  refresh(): Promise<void>
}

export interface ClusterParts {
  readonly core: Core
  readonly shared: SharedStore
  /** The clock of this machine alone. */
  readonly ownClock: Clock
  readonly sentPushes: SentPushes
  /** By the name of the job. */
  readonly work: Readonly<Record<string, SharedWork>>
  /** Whether clients of this process watch how changes move. */
  hasWatchers(): boolean
}

/** This process as one of several on a database. */
export class Cluster {
  readonly #parts: ClusterParts
  readonly #others: FollowOthers
  readonly #elsewhere: HeardElsewhere
  readonly #pauses: PauseWatch
  #jobs: readonly ExclusiveJob[] = []
  /** Those that need to know how changes of all thermostats move. */
  #working = new Set<string>()
  #timer: Timer
  #toldUntilMs = 0

  constructor(parts: ClusterParts) {
    this.#parts = parts
    this.#elsewhere = new HeardElsewhere(parts.core, parts.shared)
    this.#pauses = new PauseWatch(parts.ownClock, parts.core.log)
    this.#others = new FollowOthers({
      ...parts,
      wantsChanges: () => this.#working.size > 0 || parts.hasWatchers(),
    })
  }

  async start(): Promise<void> {
    const { core, shared, work } = this.#parts
    await Promise.all(Object.values(work).map((each) => each.end()))
    core.presence.hearFrom(this.#elsewhere)
    this.#others.start()
    this.#pauses.start()
    this.#jobs = Object.entries(work).map(
      ([name, each]) =>
        new ExclusiveJob(shared, name, core, {
          begin: async (job) => {
            this.#working.add(name)
            await each.begin(job)
          },
          end: async () => {
            this.#working.delete(name)
            await each.end()
          },
        }),
    )
    this.#arm()
  }

  /** Why a request that is read now is refused; undefined when it is not. */
  refusal(): NleError | undefined {
    return this.#pauses.refusal()
  }

  /** Gives up the jobs, once their work has ended; contacts are still to be recorded. */
  async stop(): Promise<void> {
    this.#parts.core.clock.clearTimer(this.#timer)
    this.#others.stop()
    this.#pauses.stop()
    await Promise.all(this.#jobs.map((job) => job.stop()))
  }

  #arm(): void {
    const { core, work } = this.#parts
    this.#timer = core.clock.setTimer(EVERY_MS, () => {
      this.#arm()
      const refreshed = Object.values(work).map((each) => each.refresh())
      Promise.all([this.#recordSeen(), this.#elsewhere.refresh(), ...refreshed]).catch((error) =>
        core.health.complain('what processes share could not be compared', error),
      )
    })
  }

  /** Writes the contacts of this process since the last time, for the other processes. */
  async #recordSeen(): Promise<void> {
    const { presence, writer, clock } = this.#parts.core
    const { wallMs } = clock.now()
    const since = this.#toldUntilMs
    const seen = [...presence.seen()].filter(([, { atMs }]) => atMs >= since)
    if (seen.length > 0) await writer.write((store) => store.recordSeen(new Map(seen)))
    this.#toldUntilMs = wallMs
  }
}

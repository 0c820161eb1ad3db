import { NleError } from '../../errors.ts'
import type { HeldJob } from '../shared-store.ts'
import type { DirectConnection } from './direct-connection.ts'
import type { EngineTime } from './engine-time.ts'
import type { Query } from './pools.ts'

/** How often a process asks for a job that another one has. */
const ASK_MS = 2_000
/** Tells the locks of jobs from other advisory locks; any number. */
const LOCK_SPACE = 7_363_402

interface Job {
  readonly name: string
  readonly gained: (epoch: number) => void
  readonly lost: () => void
  isHeld: boolean
}

/**
 * Jobs that one process does at a time. Each is an advisory lock of the direct connection: PostgreSQL frees it when
 * that connection ends, and the process stops as soon as it notices. Should both happen in the other order, the epoch
 * tells the two apart: the late one may not write (`SharedStore.setIntegrationAs`).
 */
export class ExclusiveJobs {
  readonly #direct: DirectConnection
  readonly #time: EngineTime
  readonly #jobs = new Set<Job>()
  readonly #stop = new AbortController()
  /** Ends the pause before jobs are asked for again. */
  #wake = new AbortController()
  #isAsking = false

  constructor(direct: DirectConnection, time: EngineTime) {
    this.#direct = direct
    this.#time = time
  }

  add(name: string, gained: (epoch: number) => void, lost: () => void): () => Promise<void> {
    const job: Job = { name, gained, lost, isHeld: false }
    this.#jobs.add(job)
    void this.#askAll()
    return async () => {
      this.#jobs.delete(job)
      if (!job.isHeld) return
      job.isHeld = false
      // It is free when the connection ends.
      await this.#unlock(name).catch(() => {})
    }
  }

  /** There is a new direct connection: nothing could be asked for without it. */
  connected(): void {
    this.#wake.abort()
  }

  /** The direct connection has ended, and with it every lock. */
  lostAll(): void {
    for (const job of this.#jobs) {
      if (!job.isHeld) continue
      job.isHeld = false
      job.lost()
    }
  }

  stop(): void {
    this.#stop.abort()
    this.#jobs.clear()
  }

  /** Asks for every job that this process does not have, until it has them all. */
  async #askAll(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (!this.#stop.signal.aborted && this.#jobs.size > 0) {
      for (const job of this.#jobs) {
        if (!job.isHeld) await this.#ask(job).catch(() => {})
      }
      await this.#time.wait(ASK_MS, AbortSignal.any([this.#stop.signal, this.#wake.signal]))
      this.#wake = new AbortController()
    }
    this.#isAsking = false
  }

  async #unlock(name: string): Promise<void> {
    await this.#direct.ask('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_SPACE, name])
  }

  async #ask(job: Job): Promise<void> {
    const { name } = job
    const [row] = await this.#direct.ask<{ isLocked: boolean }>(
      'SELECT pg_try_advisory_lock($1, hashtext($2)) AS "isLocked"',
      [LOCK_SPACE, name],
    )
    if (row?.isLocked !== true) return
    // On the connection that has the lock: an epoch is only given to who has it.
    const [epoch] = await this.#direct.ask<{ epoch: number }>(
      `INSERT INTO epochs AS e (job, epoch) VALUES ($1, 1)
       ON CONFLICT (job) DO UPDATE SET epoch = e.epoch + 1 RETURNING epoch`,
      [name],
    )
    // The job was given up while PostgreSQL answered: `gained` must not follow.
    if (!this.#jobs.has(job)) {
      await this.#unlock(name)
      return
    }
    job.isHeld = true
    job.gained(epoch?.epoch ?? 0)
  }
}

/**
 * To be called in the transaction of what only the holder of a job may write.
 *
 * @throws NleError `in_use` when another process has gained the job since
 */
export async function refuseLateHolder(query: Query, { name, epoch }: HeldJob): Promise<void> {
  // Locked until the commit: who gains the job waits for this write.
  const [row] = await query<{ epoch: number }>(
    'SELECT epoch FROM epochs WHERE job = $1 FOR SHARE',
    [name],
  )
  if (row?.epoch === epoch) return
  throw new NleError('in_use', `Another process has the job ${name} now.`)
}

import { CHANNEL, messagesOf } from './announcements.ts'
import { type EngineTime, PATIENCE_MS, PAUSE_MS } from './engine-time.ts'
import { DatabaseFault } from './faults.ts'
import type { NetWrites } from './net-writes.ts'
import type { Connections, Query } from './pools.ts'
import { writeRows } from './write-rows.ts'

/**
 * The transactions of this process. Each writes its number into the row of this process: when the connection dies
 * while a commit is under way, that row tells whether it happened.
 */
export class Batches {
  readonly #connections: Connections
  readonly #processId: string
  readonly #time: EngineTime
  #last = 0

  constructor(connections: Connections, processId: string, time: EngineTime) {
    this.#connections = connections
    this.#processId = processId
    this.#time = time
  }

  /**
   * Writes what decisions about several thermostats write, in one transaction.
   *
   * @returns the new versions, as `writeRows` does; undefined when it happened and the versions are not known
   * @throws DatabaseFault when nothing of it happened, or it `isUnclear` whether it did
   */
  commit(nets: readonly NetWrites[]): Promise<Map<string, number> | undefined> {
    return this.#numbered(async (query, mark) => {
      const versions = await writeRows(query, nets)
      await mark(versions)
      return versions
    })
  }

  /**
   * Does other work in a transaction.
   *
   * @param changed - the thermostats that it wrote, with their new versions
   */
  async run<T>(
    work: (query: Query) => Promise<{ result: T; changed?: ReadonlyMap<string, number> }>,
  ): Promise<T> {
    const { result } = await this.#connections.transaction(async (query) => {
      const done = await work(query)
      if (done.changed !== undefined) await this.#announce(query, done.changed)
      return done
    })
    return result
  }

  async #numbered<T>(
    work: (
      query: Query,
      mark: (changed: ReadonlyMap<string, number>) => Promise<void>,
    ) => Promise<T>,
  ): Promise<T | undefined> {
    const batch = ++this.#last
    let isSent = false
    try {
      return await this.#connections.transaction(
        (query) => work(query, (changed) => this.#mark(query, batch, changed)),
        () => {
          isSent = true
        },
      )
    } catch (error) {
      const isUnknown = isSent && error instanceof DatabaseFault && error.isAway && !error.isUnclear
      if (!isUnknown) throw error
      if (await this.#happened(batch, error)) return undefined
      throw error
    }
  }

  async #mark(query: Query, batch: number, changed: ReadonlyMap<string, number>): Promise<void> {
    await query(
      `WITH mark AS (
         INSERT INTO processes (id, batch) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, seen_at = now())
       SELECT pg_notify('${CHANNEL}', message) FROM unnest($3::text[]) AS message`,
      [this.#processId, batch, messagesOf(this.#processId, changed)],
    )
  }

  async #announce(query: Query, changed: ReadonlyMap<string, number>): Promise<void> {
    await query(`SELECT pg_notify('${CHANNEL}', message) FROM unnest($1::text[]) AS message`, [
      messagesOf(this.#processId, changed),
    ])
  }

  /**
   * Whether a batch was committed. The row is updated, so that this waits for a transaction that is still under way,
   * and is acknowledged only where that transaction is.
   */
  async #happened(batch: number, fault: DatabaseFault): Promise<boolean> {
    const untilMs = this.#time.steadyMs() + PATIENCE_MS
    while (this.#time.steadyMs() < untilMs) {
      await this.#time.wait(PAUSE_MS)
      try {
        const [row] = await this.#connections.transaction((query) =>
          query<{ batch: number }>(
            'UPDATE processes SET seen_at = now() WHERE id = $1 RETURNING batch',
            [this.#processId],
          ),
        )
        return row !== undefined && row.batch >= batch
      } catch (error) {
        if (!(error instanceof DatabaseFault)) throw error
      }
    }
    throw new DatabaseFault(fault, true)
  }
}

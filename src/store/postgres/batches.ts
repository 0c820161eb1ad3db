import { CHANNEL, messagesOf } from './announcements.ts'
import type { EngineTime } from './engine-time.ts'
import type { NetWrites } from './net-writes.ts'
import { NumberedCommits } from './numbered-commits.ts'
import type { Connections, Query } from './pools.ts'
import { writeRows } from './write-rows.ts'

/** The transactions of this process. The row of the process has the number of its last one with decisions. */
export class Batches {
  readonly #connections: Connections
  readonly #processId: string
  readonly #numbered: NumberedCommits

  constructor(connections: Connections, processId: string, time: EngineTime) {
    this.#connections = connections
    this.#processId = processId
    this.#numbered = new NumberedCommits(() => this.#lastOnFile(), time)
  }

  /**
   * Writes what decisions about several thermostats write, in one transaction.
   *
   * @returns the new versions, as `writeRows` does, also when the answer to the commit was lost
   * @throws DatabaseFault when nothing of it happened, or it `isUnclear` whether it did
   */
  async commit(nets: readonly NetWrites[]): Promise<ReadonlyMap<string, number>> {
    let versions: ReadonlyMap<string, number> = new Map()
    await this.#numbered.run((number, commits) =>
      this.#connections.transaction(async (query) => {
        versions = await writeRows(query, nets, (each) => this.#mark(query, number, each))
      }, commits),
    )
    return versions
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
   * The row is updated, so that this waits for a transaction that is still under way, and is acknowledged only where
   * that transaction is.
   */
  async #lastOnFile(): Promise<number | undefined> {
    const [row] = await this.#connections.transaction((query) =>
      query<{ batch: number }>(
        'UPDATE processes SET seen_at = now() WHERE id = $1 RETURNING batch',
        [this.#processId],
      ),
    )
    return row?.batch
  }
}

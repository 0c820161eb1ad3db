import type { JsonObject } from '../../protocol/bucket.ts'
import type { HeldJob, LastSeen, SharedCount, SharedStore } from '../shared-store.ts'
import { DirectConnection } from './direct-connection.ts'
import type { EngineTime } from './engine-time.ts'
import { ExclusiveJobs, refuseLateHolder } from './exclusive-jobs.ts'
import { explained } from './faults.ts'
import { HeardChanges } from './heard-changes.ts'
import { putIntegration } from './integrations.ts'
import type { Connections } from './pools.ts'
import { PostgresHistory } from './postgres-history.ts'
import type { States } from './states.ts'

interface SeenRow {
  readonly serial: string
  readonly atMs: number
  readonly network: string | null
}

/** What the processes that share a PostgreSQL have in common. */
export class PostgresShared implements SharedStore {
  readonly processId: string
  readonly #connections: Connections
  readonly #changes: HeardChanges
  readonly #direct: DirectConnection
  readonly #jobs: ExclusiveJobs

  constructor(connections: Connections, states: States, processId: string, time: EngineTime) {
    this.#connections = connections
    this.#changes = new HeardChanges(states, (serials) => this.#versions(serials))
    this.processId = processId
    this.#direct = new DirectConnection(connections, processId, time, {
      heard: (versions) => this.#changes.heard(versions),
      connected: (untilMs) => {
        this.#jobs.connected()
        this.#changes.connected(untilMs)
      },
      lost: () => this.#jobs.lostAll(),
    })
    this.#jobs = new ExclusiveJobs(this.#direct, time)
  }

  onChanged(
    changed: (serials: readonly string[]) => void,
    held: () => Iterable<string>,
  ): () => void {
    this.#direct.start()
    return this.#changes.listen({ changed, held })
  }

  async time(): Promise<number> {
    try {
      return await this.#connections.transaction(async (query) => {
        const [row] = await query<{ ms: number }>(
          `UPDATE clock SET ahead_ms = greatest(ahead_ms, latest_ms - own.ms),
             latest_ms = greatest(latest_ms, own.ms + ahead_ms)
           FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) own
           RETURNING latest_ms AS ms`,
        )
        return row?.ms ?? 0
      })
    } catch (error) {
      throw explained(error)
    }
  }

  exclusive(name: string, gained: (epoch: number) => void, lost: () => void): () => Promise<void> {
    this.#direct.start()
    return this.#jobs.add(name, gained, lost)
  }

  async setIntegrationAs(
    job: HeldJob,
    integration: string,
    config: JsonObject | undefined,
    wallMs: number,
  ): Promise<boolean> {
    try {
      return await this.#connections.transaction(async (query) => {
        await refuseLateHolder(query, job)
        return putIntegration(query, integration, config, wallMs)
      })
    } catch (error) {
      throw explained(error)
    }
  }

  history(job?: HeldJob): PostgresHistory {
    return new PostgresHistory(this.#connections, job)
  }

  async count(counts: readonly SharedCount[]): Promise<number[]> {
    try {
      const rows = await this.#connections.read<{ value: number }>(
        `WITH asked AS (
           SELECT key, adding, place, window_ms, now_ms - now_ms % window_ms AS began_ms
           FROM unnest($1::text[], $2::bigint[], $3::bigint[])
             WITH ORDINALITY AS a (key, window_ms, adding, place),
             (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms) clock),
         added AS (
           INSERT INTO counts AS c (key, began_at_ms, ends_at_ms, value)
           SELECT key, began_ms, began_ms + window_ms, adding FROM asked WHERE adding > 0
           ORDER BY key
           ON CONFLICT (key, began_at_ms) DO UPDATE SET value = c.value + excluded.value
           RETURNING key, began_at_ms, value)
         SELECT coalesce(added.value, c.value, 0) AS value FROM asked
         LEFT JOIN added ON added.key = asked.key AND added.began_at_ms = asked.began_ms
         LEFT JOIN counts c ON c.key = asked.key AND c.began_at_ms = asked.began_ms
         ORDER BY place`,
        [
          counts.map(({ key }) => key),
          counts.map(({ windowMs }) => windowMs),
          counts.map(({ add }) => add),
        ],
      )
      return rows.map(({ value }) => value)
    } catch (error) {
      throw explained(error)
    }
  }

  async lastSeen(serials: readonly string[]): Promise<ReadonlyMap<string, LastSeen>> {
    try {
      const rows = await this.#connections.read<SeenRow>(
        `SELECT serial, last_seen_at_ms AS "atMs", network FROM thermostats
         WHERE serial = ANY ($1::text[])`,
        [serials],
      )
      return new Map(
        rows.map(({ serial, atMs, network }) => [serial, { atMs, network: network ?? undefined }]),
      )
    } catch (error) {
      throw explained(error)
    }
  }

  async isReady(): Promise<boolean> {
    try {
      const [row] = await this.#connections.readAtOnce<{ isReadOnly: string }>(
        `SELECT current_setting('transaction_read_only') AS "isReadOnly"`,
      )
      return row?.isReadOnly === 'off'
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    this.#jobs.stop()
    this.#changes.stop()
    await this.#direct.stop()
  }

  async #versions(serials: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#connections.read<{ serial: string; version: number }>(
      'SELECT serial, version FROM thermostats WHERE serial = ANY ($1::text[])',
      [serials],
    )
    return new Map(rows.map(({ serial, version }) => [serial, version]))
  }
}

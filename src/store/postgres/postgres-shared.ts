import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { LastSeen, SharedCount, SharedStore } from '../shared-store.ts'
import type { EngineTime } from './batches.ts'
import { DirectConnection } from './direct-connection.ts'
import { ExclusiveJobs } from './exclusive-jobs.ts'
import { explained } from './faults.ts'
import { putIntegration } from './integrations.ts'
import type { Connections } from './pools.ts'
import type { States } from './states.ts'

/** Thermostats whose versions are compared in one query. */
const COMPARED_AT_ONCE = 5_000

interface ChangeListener {
  readonly changed: (serials: readonly string[]) => void
  readonly held: () => Iterable<string>
}

/** What the processes that share a PostgreSQL have in common. */
interface SeenRow {
  readonly serial: string
  readonly atMs: number
  readonly network: string | null
}

export class PostgresShared implements SharedStore {
  readonly processId: string
  readonly #connections: Connections
  readonly #states: States
  readonly #direct: DirectConnection
  readonly #jobs: ExclusiveJobs
  #listener: ChangeListener | undefined
  /** The first connection follows no gap. */
  #hasListened = false

  constructor(connections: Connections, states: States, processId: string, time: EngineTime) {
    this.#connections = connections
    this.#states = states
    this.processId = processId
    this.#direct = new DirectConnection(connections, processId, time, {
      heard: (versions) => this.#heard(versions),
      connected: () => this.#connected(),
      lost: () => this.#jobs.lostAll(),
    })
    this.#jobs = new ExclusiveJobs(this.#direct, time)
  }

  onChanged(
    changed: (serials: readonly string[]) => void,
    held: () => Iterable<string>,
  ): () => void {
    const listener = { changed, held }
    this.#listener = listener
    this.#direct.start()
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
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
    { name, epoch }: { readonly name: string; readonly epoch: number },
    integration: string,
    config: JsonObject | undefined,
    wallMs: number,
  ): Promise<boolean> {
    try {
      return await this.#connections.transaction(async (query) => {
        // Locked until the commit: who gains the job waits for this write.
        const [row] = await query<{ epoch: number }>(
          'SELECT epoch FROM epochs WHERE job = $1 FOR SHARE',
          [name],
        )
        if (row?.epoch !== epoch) {
          throw new NleError('in_use', `Another process has the job ${name} now.`)
        }
        return putIntegration(query, integration, config, wallMs)
      })
    } catch (error) {
      throw explained(error)
    }
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
      const [row] = await this.#connections.read<{ isReadOnly: string }>(
        `SELECT current_setting('transaction_read_only') AS "isReadOnly"`,
      )
      return row?.isReadOnly === 'off'
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    this.#jobs.stop()
    this.#listener = undefined
    await this.#direct.stop()
  }

  #heard(versions: ReadonlyMap<string, number>): void {
    for (const [serial, version] of versions) {
      const known = this.#states.versionOf(serial)
      if (known !== undefined && known !== version) this.#states.forget(serial)
    }
    this.#listener?.changed([...versions.keys()])
  }

  #connected(): void {
    if (this.#hasListened) void this.#catchUp()
    this.#hasListened = true
  }

  /**
   * Tells of what was written while nothing was heard. Versions that this process does not remember count as changed:
   * to look at a thermostat once more does no harm.
   */
  async #catchUp(): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    const serials = [...listener.held()]
    for (let at = 0; at < serials.length; at += COMPARED_AT_ONCE) {
      const some = serials.slice(at, at + COMPARED_AT_ONCE)
      const rows = await this.#versions(some)
      const onFile = new Map(rows.map(({ serial, version }) => [serial, version]))
      const changed = some.filter((each) => onFile.get(each) !== this.#states.versionOf(each))
      if (changed.length > 0) listener.changed(changed)
    }
  }

  /** All of them count as changed when the database does not answer. */
  async #versions(
    serials: readonly string[],
  ): Promise<{ serial: string; version: number | undefined }[]> {
    try {
      return await this.#connections.read<{ serial: string; version: number }>(
        'SELECT serial, version FROM thermostats WHERE serial = ANY ($1::text[])',
        [serials],
      )
    } catch {
      return serials.map((serial) => ({ serial, version: Number.NaN }))
    }
  }
}

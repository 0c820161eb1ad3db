import { DAY_MS, type Slot } from '../../protocol/history/calendar.ts'
import type { Chunk } from '../../protocol/history/chunk.ts'
import type { Ages } from '../../protocol/history/retention.ts'
import type { OwnChunk, SharedHistory, Summary } from '../history-store.ts'
import type { HeldJob } from '../shared-store.ts'
import { refuseLateHolder } from './exclusive-jobs.ts'
import { HistoryMonths, monthAfter } from './history-months.ts'
import { CHUNKS, SUMMARIES } from './history-schema.ts'
import type { Connections, Query } from './pools.ts'

/** Months whose tables are made before they begin. */
const MONTHS_AHEAD = 2
/** Deleted thermostats whose rows are deleted in one transaction. */
const DELETED_AT_ONCE = 50
/** No chunk is longer. */
const MAX_CHUNK_MS = 7_200_000

const ID = '(SELECT id FROM history_thermostats WHERE serial = $1)'

/** The history on the PostgreSQL that several processes share. It writes on a connection of its own. */
export class PostgresHistory implements SharedHistory {
  readonly #connections: Connections
  readonly #job: HeldJob | undefined
  readonly #months: HistoryMonths
  #writer: number | undefined

  /** @param job - refuses sums and deletions once another process has it */
  constructor(connections: Connections, job: HeldJob | undefined) {
    this.#connections = connections
    this.#job = job
    this.#months = new HistoryMonths(connections)
  }

  async append(chunks: readonly OwnChunk[]): Promise<void> {
    // One statement may not write a row twice.
    const rows = [
      ...new Map(chunks.map((each) => [`${each.serial} ${each.fromMs}`, each])).values(),
    ]
    await this.#months.prepare(
      CHUNKS,
      rows.map(({ fromMs }) => fromMs),
    )
    await this.#connections.inBackground(async (query) => {
      this.#writer ??= await nextWriter(query)
      await addThermostats(
        query,
        rows.map(({ serial }) => serial),
      )
      await query(
        `INSERT INTO ${CHUNKS} AS c (thermostat, writer, from_ms, until_ms, readings)
         SELECT h.id, $5, from_ms, until_ms, readings
         FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])
           AS r (serial, from_ms, until_ms, readings)
         JOIN history_thermostats h USING (serial) JOIN thermostats t USING (serial)
         WHERE from_ms >= coalesce(met_at_ms, 0)
         ORDER BY h.id, from_ms
         ON CONFLICT (thermostat, from_ms, writer) DO UPDATE
         SET until_ms = excluded.until_ms, readings = excluded.readings
         WHERE c.until_ms <= excluded.until_ms`,
        [
          rows.map(({ serial }) => serial),
          rows.map(({ fromMs }) => fromMs),
          rows.map(({ untilMs }) => untilMs),
          rows.map(({ readings }) => Buffer.from(readings)),
          this.#writer,
        ],
      )
    })
  }

  chunks(serial: string, { fromMs, toMs }: Slot): Promise<Chunk[]> {
    return this.#connections.read<Chunk>(
      `SELECT from_ms AS "fromMs", until_ms AS "untilMs", readings FROM ${CHUNKS}
       WHERE thermostat = ${ID} AND from_ms >= $2 AND from_ms < $3 ORDER BY from_ms, until_ms`,
      [serial, fromMs, toMs],
    )
  }

  summaries(serial: string, { fromMs, toMs }: Slot, limit: number): Promise<Summary[]> {
    return this.#connections.read<Summary>(
      `SELECT from_ms AS "fromMs", until_ms AS "toMs", slot_ms AS "slotMs", totals FROM ${SUMMARIES}
       WHERE thermostat = ${ID} AND from_ms >= $2 AND from_ms < $3 ORDER BY from_ms LIMIT $4`,
      [serial, fromMs, toMs, limit],
    )
  }

  /** Nothing of it has to be deleted: that happens with the months. */
  async ages(serial: string): Promise<Ages> {
    const [row] = await this.#connections.read<{
      chunkUntilMs: number | null
      summedUntilMs: number | null
      hoursFromMs: number | null
    }>(
      `WITH known AS (SELECT ${ID} AS id),
       newest AS (
         SELECT until_ms FROM ${SUMMARIES} WHERE thermostat = (SELECT id FROM known)
         ORDER BY from_ms DESC LIMIT 1),
       summed AS (SELECT coalesce((SELECT until_ms FROM newest), 0) AS until_ms)
       SELECT (SELECT until_ms FROM newest) AS "summedUntilMs",
         (SELECT until_ms FROM ${CHUNKS} WHERE thermostat = (SELECT id FROM known)
            AND from_ms >= (SELECT until_ms FROM summed) - ${MAX_CHUNK_MS}
            AND until_ms > (SELECT until_ms FROM summed)
          ORDER BY from_ms LIMIT 1) AS "chunkUntilMs",
         (SELECT from_ms FROM ${SUMMARIES} WHERE thermostat = (SELECT id FROM known)
            AND slot_ms < ${DAY_MS} ORDER BY from_ms LIMIT 1) AS "hoursFromMs"`,
      [serial],
    )
    return {
      chunkUntilMs: row?.chunkUntilMs ?? undefined,
      summedUntilMs: row?.summedUntilMs ?? undefined,
      hoursFromMs: row?.hoursFromMs ?? undefined,
      sumsFromMs: undefined,
    }
  }

  async summarize(serial: string, summaries: readonly Summary[]): Promise<void> {
    await this.#months.prepare(
      SUMMARIES,
      summaries.map(({ fromMs }) => fromMs),
    )
    await this.#asHolder(async (query) => {
      await addThermostats(query, [serial])
      await query(
        `INSERT INTO ${SUMMARIES} (thermostat, from_ms, until_ms, slot_ms, totals)
         SELECT h.id, r.* FROM history_thermostats h,
           unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])
             AS r (from_ms, until_ms, slot_ms, totals)
         WHERE serial = $1
         ON CONFLICT (thermostat, from_ms) DO UPDATE SET until_ms = excluded.until_ms,
           slot_ms = excluded.slot_ms, totals = excluded.totals`,
        [
          serial,
          summaries.map(({ fromMs }) => fromMs),
          summaries.map(({ toMs }) => toMs),
          summaries.map(({ slotMs }) => slotMs),
          summaries.map(({ totals }) => Buffer.from(totals)),
        ],
      )
    })
  }

  async serials(after: string, limit: number): Promise<string[]> {
    const rows = await this.#connections.read<{ serial: string }>(
      'SELECT serial FROM history_thermostats WHERE serial > $1 ORDER BY serial LIMIT $2',
      [after, limit],
    )
    return rows.map(({ serial }) => serial)
  }

  async prepareMonths(nowMs: number): Promise<void> {
    const months = [nowMs]
    for (let ahead = 0; ahead < MONTHS_AHEAD; ahead++) months.push(monthAfter(months.at(-1) ?? 0))
    await this.#months.prepare(CHUNKS, months)
  }

  async dropMonths(chunksBeforeMs: number, summariesBeforeMs: number): Promise<void> {
    await this.#asHolder(async (query) => {
      await this.#months.drop(query, CHUNKS, chunksBeforeMs)
      await this.#months.drop(query, SUMMARIES, summariesBeforeMs)
    })
  }

  async deleteLeft(): Promise<void> {
    let left: readonly unknown[]
    do {
      left = await this.#asHolder(async (query) => {
        const rows = await query<{ id: number }>('SELECT id FROM history_left LIMIT $1', [
          DELETED_AT_ONCE,
        ])
        const ids = rows.map(({ id }) => id)
        if (ids.length === 0) return ids
        for (const [table, column] of [
          [CHUNKS, 'thermostat'],
          [SUMMARIES, 'thermostat'],
          ['history_left', 'id'],
        ]) {
          await query(`DELETE FROM ${table} WHERE ${column} = ANY ($1::integer[])`, [ids])
        }
        return ids
      })
    } while (left.length === DELETED_AT_ONCE)
  }

  /** The connections are the store's. */
  close(): void {}

  #asHolder<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.#connections.inBackground(async (query) => {
      if (this.#job !== undefined) await refuseLateHolder(query, this.#job)
      return work(query)
    })
  }
}

/** Tells the chunks of this process from those of others. */
async function nextWriter(query: Query): Promise<number> {
  const [row] = await query<{ id: number }>(`SELECT nextval('history_writers') AS id`)
  return row?.id ?? 0
}

/** Gives an id to those on file that have none yet. */
async function addThermostats(query: Query, serials: readonly string[]): Promise<void> {
  await query(
    `INSERT INTO history_thermostats (serial)
     SELECT serial FROM thermostats t WHERE serial = ANY ($1::text[])
       AND NOT EXISTS (SELECT 1 FROM history_thermostats h WHERE h.serial = t.serial)
     ORDER BY serial ON CONFLICT DO NOTHING`,
    [serials],
  )
}

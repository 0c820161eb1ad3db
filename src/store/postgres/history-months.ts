import type { CHUNKS, SUMMARIES } from './history-schema.ts'
import type { Connections, Query } from './pools.ts'

export type MonthlyTable = typeof CHUNKS | typeof SUMMARIES

/** Any number, the same in each nle: it keeps two processes from making the same table. */
const MONTHS_LOCK = 7_363_403
/** Rows of this month change often: a chunk is written each time that it grows. */
const STORAGE = 'WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)'

/** The tables of single months, which together are those of the history. */
export class HistoryMonths {
  readonly #connections: Connections
  readonly #known = new Set<string>()

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** Makes the tables of the months of these instants where they are missing. */
  async prepare(table: MonthlyTable, timesMs: Iterable<number>): Promise<void> {
    const months = [...new Set(Array.from(timesMs, (ms) => beginOfMonth(ms)))]
    const unknown = months.filter((ms) => !this.#known.has(nameOf(table, ms)))
    if (unknown.length === 0) return
    await this.#connections.inBackground(async (query) => {
      await query('SELECT pg_advisory_xact_lock($1)', [MONTHS_LOCK])
      for (const beganMs of unknown) await make(query, table, beganMs)
    })
    for (const ms of unknown) this.#known.add(nameOf(table, ms))
  }

  /** Drops the tables of months that ended before an instant. */
  async drop(query: Query, table: MonthlyTable, beforeMs: number): Promise<void> {
    const parts = await query<{ name: string }>(
      `SELECT relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
       WHERE inhparent = $1::regclass`,
      [table],
    )
    for (const { name } of parts) {
      const beganMs = monthIn(name)
      // A table with another name was made by somebody else.
      if (!(monthAfter(beganMs) <= beforeMs) || name !== nameOf(table, beganMs)) continue
      await query(`DROP TABLE ${name}`)
      this.#known.delete(name)
    }
  }
}

async function make(query: Query, table: MonthlyTable, beganMs: number): Promise<void> {
  const name = nameOf(table, beganMs)
  const [found] = await query<{ isThere: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS "isThere"',
    [name],
  )
  if (found?.isThere === true) return
  // Attached, and not made as a part: others can read and write meanwhile.
  await query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL) ${STORAGE}`)
  await query(
    `ALTER TABLE ${table} ATTACH PARTITION ${name}
     FOR VALUES FROM (${beganMs}) TO (${monthAfter(beganMs)})`,
  )
}

/** Such as `history_chunks_2026_11`. */
function nameOf(table: MonthlyTable, beganMs: number): string {
  return `${table}_${new Date(beganMs).toISOString().slice(0, 7).replace('-', '_')}`
}

/** When the month of a table began; not a number for a table with another name. */
function monthIn(name: string): number {
  const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? []
  return Date.UTC(Number(year), Number(month) - 1)
}

function beginOfMonth(ms: number): number {
  const date = new Date(ms)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

export function monthAfter(beganMs: number): number {
  const date = new Date(beganMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import { DAY_MS, type Slot } from '../../protocol/history/calendar.ts'
import type { Chunk } from '../../protocol/history/chunk.ts'
import type { Ages } from '../../protocol/history/retention.ts'
import type { HistoryStore, Summary } from '../history-store.ts'
import { connect } from './connect.ts'
import { makeFolder } from './files.ts'
import { createHistory, isHistory } from './history-tables.ts'

const CACHE_KIB = 500
/** Up to this size a check of every page takes milliseconds; a household's file is smaller for years. */
const CHECKED_BYTES = 8 * 1024 * 1024

/**
 * The history in a file of its own. It has a write-ahead log because a batch then writes its few pages once, and the
 * file itself only every few days. `synchronous = NORMAL` syncs only then: a power cut may take the last batch
 * along, but damages nothing.
 */
export class SqliteHistory implements HistoryStore {
  readonly #db: Database
  readonly #sql: ReturnType<typeof prepare>

  /** Opens the file, and makes it where it is missing; see `refuseUnfit` for what it throws beside SQLite's own errors. */
  constructor(path: string) {
    this.#db = open(path)
    this.#sql = prepare(this.#db)
  }

  async append(chunks: readonly (Chunk & { readonly serial: string })[]): Promise<void> {
    this.#write(() => {
      for (const { serial, fromMs, untilMs, readings } of chunks) {
        this.#sql.addThermostat.run(serial)
        this.#sql.putChunk.run({ serial, fromMs, untilMs, readings })
      }
    })
  }

  async chunks(serial: string, { fromMs, toMs }: Slot): Promise<Chunk[]> {
    return this.#sql.chunks.all({ serial, fromMs, toMs })
  }

  async summaries(serial: string, { fromMs, toMs }: Slot, limit: number): Promise<Summary[]> {
    return this.#sql.summaries.all({ serial, fromMs, toMs, limit })
  }

  async ages(serial: string): Promise<Ages> {
    return {
      chunkUntilMs: this.#sql.oldestChunk.get(serial),
      summedUntilMs: this.#sql.newestSummary.get(serial),
      hoursFromMs: this.#sql.oldestHours.get(serial, DAY_MS),
      sumsFromMs: this.#sql.oldestSummary.get(serial),
    }
  }

  async summarize(serial: string, summaries: readonly Summary[]): Promise<void> {
    this.#write(() => {
      this.#sql.addThermostat.run(serial)
      for (const summary of summaries) {
        this.#sql.putSummary.run({ serial, ...summary })
        this.#sql.deleteChunks.run({ serial, untilMs: summary.toMs })
      }
    })
  }

  async deleteChunks(serial: string, untilMs: number): Promise<void> {
    this.#sql.deleteChunks.run({ serial, untilMs })
  }

  async deleteSummaries(serial: string, beforeMs: number): Promise<void> {
    this.#sql.deleteSummaries.run(serial, beforeMs)
  }

  async forget(serial: string): Promise<void> {
    this.#write(() => {
      for (const sql of this.#sql.forget) sql.run(serial)
    })
  }

  async serials(after: string, limit: number): Promise<string[]> {
    return this.#sql.serials.all(after, limit)
  }

  close(): void {
    this.#db.close()
  }

  #write(work: () => void): void {
    this.#db.transaction(work).immediate()
  }
}

function open(path: string): Database {
  if (path !== ':memory:' && !existsSync(path)) {
    makeFolder(path)
    closeSync(openSync(path, 'wx', 0o600))
  }
  const db = connect(path, {})
  try {
    // What cannot be written now is tried again with the next batch.
    db.pragma('busy_timeout = 0')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    if (isEmpty(db)) createHistory(db)
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    refuseUnfit(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
}

/** @throws NleError `unfit` for a damaged file, and for one of another program or version */
function refuseUnfit(db: Database): void {
  const isOurs = isHistory(db, 'main')
  const isChecked = !db.memory && statSync(db.name).size <= CHECKED_BYTES
  const isIntact = !isChecked || db.pragma('quick_check(1)', { simple: true }) === 'ok'
  if (isOurs && isIntact) return
  throw new NleError(
    'unfit',
    isOurs ? `${db.name} is damaged.` : `${db.name} is no history of this nle.`,
  )
}

const OF = 'thermostat = (SELECT id FROM history_thermostats WHERE serial = ?)'
const OF_SERIAL = OF.replace('?', '$serial')

function prepare(db: Database) {
  const column = <T>(sql: string) => db.prepare<unknown[], T>(sql).pluck()
  return {
    addThermostat: db.prepare('INSERT OR IGNORE INTO history_thermostats (serial) VALUES (?)'),
    putChunk: db.prepare(`INSERT OR REPLACE INTO history_chunks
      (thermostat, from_ms, until_ms, readings)
      SELECT id, $fromMs, $untilMs, $readings FROM history_thermostats WHERE serial = $serial`),
    chunks: db.prepare<unknown[], Chunk>(`SELECT from_ms AS fromMs, until_ms AS untilMs, readings
      FROM history_chunks WHERE ${OF_SERIAL} AND from_ms >= $fromMs AND from_ms < $toMs
      ORDER BY from_ms`),
    summaries: db.prepare<unknown[], Summary>(`SELECT from_ms AS fromMs, until_ms AS toMs,
      slot_ms AS slotMs, totals
      FROM history_summaries WHERE ${OF_SERIAL} AND from_ms >= $fromMs AND from_ms < $toMs
      ORDER BY from_ms LIMIT $limit`),
    oldestChunk: column<number>(`SELECT until_ms FROM history_chunks
      WHERE ${OF} ORDER BY from_ms LIMIT 1`),
    newestSummary: column<number>(`SELECT until_ms FROM history_summaries
      WHERE ${OF} ORDER BY from_ms DESC LIMIT 1`),
    // Sums of days are older than those of hours, and few.
    oldestHours: column<number>(`SELECT from_ms FROM history_summaries
      WHERE ${OF} AND slot_ms < ? ORDER BY from_ms LIMIT 1`),
    oldestSummary: column<number>(`SELECT from_ms FROM history_summaries
      WHERE ${OF} ORDER BY from_ms LIMIT 1`),
    putSummary: db.prepare(`INSERT OR REPLACE INTO history_summaries
      (thermostat, from_ms, until_ms, slot_ms, totals)
      SELECT id, $fromMs, $toMs, $slotMs, $totals FROM history_thermostats WHERE serial = $serial`),
    deleteChunks: db.prepare(`DELETE FROM history_chunks
      WHERE ${OF_SERIAL} AND from_ms < $untilMs AND until_ms <= $untilMs`),
    deleteSummaries: db.prepare(`DELETE FROM history_summaries WHERE ${OF} AND from_ms < ?`),
    forget: [
      db.prepare(`DELETE FROM history_chunks WHERE ${OF}`),
      db.prepare(`DELETE FROM history_summaries WHERE ${OF}`),
      db.prepare('DELETE FROM history_thermostats WHERE serial = ?'),
    ],
    serials: column<string>(
      'SELECT serial FROM history_thermostats WHERE serial > ? ORDER BY serial LIMIT ?',
    ),
  }
}

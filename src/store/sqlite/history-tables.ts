import type { Database } from 'better-sqlite3'

/** Marks the file as nle's history (`PRAGMA application_id`): "nleh". */
const HISTORY_ID = 0x6e6c6568
/** A file with another version is set aside: history is not worth a migration that may fail. */
const HISTORY_VERSION = 1
/** A batch changes a few hundred bytes, and SQLite writes whole pages. */
const PAGE_BYTES = 1024

/**
 * The tables of the history, with what makes each of them; backups have the same. The chunks of one batch stand
 * beside each other, so that a batch changes one page or two: what a household writes is mostly pages.
 */
export const HISTORY_TABLES: Readonly<Record<string, string>> = {
  history_thermostats: `
    CREATE TABLE history_thermostats (
      id INTEGER PRIMARY KEY,
      serial TEXT NOT NULL UNIQUE
    ) STRICT`,
  history_chunks: `
    CREATE TABLE history_chunks (
      thermostat INTEGER NOT NULL,
      from_ms INTEGER NOT NULL,
      until_ms INTEGER NOT NULL,
      readings BLOB NOT NULL,
      PRIMARY KEY (from_ms, thermostat)
    ) STRICT, WITHOUT ROWID`,
  history_summaries: `
    CREATE TABLE history_summaries (
      thermostat INTEGER NOT NULL,
      from_ms INTEGER NOT NULL,
      until_ms INTEGER NOT NULL,
      slot_ms INTEGER NOT NULL,
      totals BLOB NOT NULL,
      PRIMARY KEY (thermostat, from_ms)
    ) STRICT, WITHOUT ROWID`,
}

/** Makes the tables in a new file. */
export function createHistory(db: Database): void {
  db.pragma(`page_size = ${PAGE_BYTES}`)
  db.transaction(() => {
    for (const sql of Object.values(HISTORY_TABLES)) db.exec(sql)
    db.pragma(`application_id = ${HISTORY_ID}`)
    db.pragma(`user_version = ${HISTORY_VERSION}`)
  }).immediate()
}

/** Whether a database is a history that this nle wrote. */
export function isHistory(db: Database, name: 'main' | 'source'): boolean {
  return (
    db.pragma(`${name}.application_id`, { simple: true }) === HISTORY_ID &&
    db.pragma(`${name}.user_version`, { simple: true }) === HISTORY_VERSION
  )
}

/** Marks the file as nle's history (`PRAGMA application_id`): "nleh". */
export const HISTORY_ID = 0x6e6c6568
/** A file with another version is set aside: history is not worth a migration that may fail. */
export const HISTORY_VERSION = 1

/** The tables of the history, with what makes each of them; backups have the same. */
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
      PRIMARY KEY (thermostat, from_ms)
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

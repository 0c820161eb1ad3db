import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { connect } from './connect.ts'
import { putInPlace, removeCompanions, removeDatabase } from './files.ts'
import { createHistory, HISTORY_TABLES, isHistory } from './history-tables.ts'

/** Whether a database has the history of thermostats in it, as a backup may. */
export function holdsHistory(db: Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'history_chunks'").get() !== undefined
}

/**
 * Adds the history to a backup, as it is at one instant, the thermostats one after the other. What a server has in
 * memory is not in it.
 *
 * @param historyFile - an existing one
 * @returns a generator that has more to do until it ends, so that a server can serve meanwhile
 */
export function* addHistory(historyFile: string, backup: string): Generator<void, void> {
  const db = connect(backup, {})
  try {
    db.prepare('ATTACH ? AS source').run(historyFile)
    if (!isHistory(db, 'source')) throw new Error('it is no history of this nle')
    db.exec('BEGIN')
    for (const sql of Object.values(HISTORY_TABLES)) db.exec(sql)
    yield* copyRows(db)
    db.exec('COMMIT')
  } finally {
    // It ends a transaction that is not complete.
    db.close()
  }
}

/** Copies all rows from the database `source` to those of the same names in `main`. */
function* copyRows(db: Database): Generator<void, void> {
  db.exec('INSERT INTO main.history_thermostats SELECT * FROM source.history_thermostats')
  const copies = Object.keys(HISTORY_TABLES)
    .filter((table) => table !== 'history_thermostats')
    .map((table) =>
      db.prepare(`INSERT INTO main.${table} SELECT * FROM source.${table} WHERE thermostat = ?`),
    )
  for (const id of db.prepare('SELECT id FROM main.history_thermostats').pluck().all()) {
    for (const copy of copies) copy.run(id)
    yield
  }
}

/**
 * Moves the history of a restored database to a file of its own.
 *
 * @param fresh - the database, before it is put in its place
 * @param wanted - false only takes it out of the database
 * @returns the call that puts the file in its place, for when the database is in its own
 */
export function takeHistoryOut(fresh: string, historyFile: string, wanted: boolean): () => void {
  const db = connect(fresh, {})
  const part = `${historyFile}.restoring`
  try {
    if (!holdsHistory(db)) return () => {}
    if (wanted) writeHistory(fresh, part)
    for (const table of Object.keys(HISTORY_TABLES)) db.exec(`DROP TABLE ${table}`)
    db.exec('VACUUM')
  } finally {
    db.close()
  }
  return wanted ? () => replaceHistory(part, historyFile) : () => {}
}

function writeHistory(fresh: string, part: string): void {
  removeDatabase(part)
  closeSync(openSync(part, 'wx', 0o600))
  const db = connect(part, {})
  try {
    createHistory(db)
    db.prepare('ATTACH ? AS source').run(fresh)
    db.transaction(() => {
      // All at once: no server waits for it.
      for (const _ of copyRows(db));
    })()
  } finally {
    db.close()
  }
}

/** Keeps the history that is there beside it, in place of the one that was kept before. */
function replaceHistory(part: string, historyFile: string): void {
  if (existsSync(historyFile)) {
    const before = connect(historyFile, {})
    try {
      // Without its log it is one file.
      before.pragma('journal_mode = DELETE')
    } catch {
      // A damaged one is kept as it is.
    } finally {
      before.close()
    }
    renameSync(historyFile, `${historyFile}.before-restore`)
  }
  removeCompanions(historyFile)
  putInPlace(part, historyFile)
}

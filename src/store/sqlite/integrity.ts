import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { troubleOf } from './sqlite-errors.ts'

/** Up to here a look at every page costs a few milliseconds; a household has a tenth of it. */
const ALWAYS_BYTES = 8 * 1024 * 1024

/** Where values are that have to be JSON. */
const JSON_COLUMNS = { buckets: 'value', changes: 'fields' } as const

/**
 * Whether a database is whole, as far as that is worth the time before every start: the structure of
 * all pages, and values that have lost their content. A large one is looked at only when its server
 * did not stop but end, which is when damage is done. The indexes are left to `nle doctor` and
 * `nle backup`.
 */
export function isWhole(db: Database): boolean {
  try {
    if (statSync(db.name).size > ALWAYS_BYTES && wasStopped(db)) return true
    return db.pragma('quick_check(1)', { simple: true }) === 'ok' && !holdsNonsense(db)
  } catch (error) {
    if (troubleOf(error)?.kind === 'damaged') return false
    throw error
  }
}

/** Whether a value is no JSON any more: SQLite does not miss what a page held. */
export function holdsNonsense(db: Database): boolean {
  return Object.entries(JSON_COLUMNS).some(
    ([table, column]) =>
      hasTable(db, table) &&
      db.prepare(`SELECT 1 FROM ${table} WHERE NOT json_valid(${column}) LIMIT 1`).get() !==
        undefined,
  )
}

/** A server that stops takes its name off the database. */
function wasStopped(db: Database): boolean {
  return hasTable(db, 'server') && db.prepare('SELECT 1 FROM server').get() === undefined
}

function hasTable(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined
}

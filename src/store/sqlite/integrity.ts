import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { troubleOf } from './sqlite-errors.ts'

/** Up to this size a check of every page takes milliseconds; a household has a tenth of it. */
const ALWAYS_BYTES = 8 * 1024 * 1024

/** The columns with JSON values, by table. */
const JSON_COLUMNS = { buckets: 'value', changes: 'fields' } as const

/**
 * The integrity check before every start: the structure of all pages, and JSON values that lost their
 * content. A large database is checked only when its server ended without stopping, because then damage
 * is possible. `nle doctor` and `nle backup` also check the indexes.
 */
export function isIntact(db: Database): boolean {
  try {
    if (statSync(db.name).size > ALWAYS_BYTES && wasStopped(db)) return true
    return db.pragma('quick_check(1)', { simple: true }) === 'ok' && !hasInvalidJson(db)
  } catch (error) {
    if (troubleOf(error)?.kind === 'damaged') return false
    throw error
  }
}

/** Whether a value is no JSON: SQLite does not notice a page that lost its content. */
export function hasInvalidJson(db: Database): boolean {
  return Object.entries(JSON_COLUMNS).some(
    ([table, column]) =>
      hasTable(db, table) &&
      db.prepare(`SELECT 1 FROM ${table} WHERE NOT json_valid(${column}) LIMIT 1`).get() !==
        undefined,
  )
}

/** Whether the last server stopped: it deletes its record then. */
function wasStopped(db: Database): boolean {
  return hasTable(db, 'server') && db.prepare('SELECT 1 FROM server').get() === undefined
}

function hasTable(db: Database, name: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined
}

import { existsSync, readdirSync, statSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connect } from '../../src/store/sqlite/connect.ts'

/** The size of the process and its database. */
export interface Measured {
  /** In use after a garbage collection. */
  readonly heapMb: number
  readonly rssMb: number
  /** 0 where there is no /proc. */
  readonly descriptors: number
  readonly fileMb: number
  /** The free pages of the file. */
  readonly freeMb: number
  /** The write-ahead log. */
  readonly logMb: number
  /** By table. */
  readonly rows: Readonly<Record<string, number>>
}

export function measure(databasePath: string): Measured {
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
  const db = connect(databasePath, { readonly: true })
  const pageBytes = Number(db.pragma('page_size', { simple: true }))
  const freePages = Number(db.pragma('freelist_count', { simple: true }))
  const tables = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
    )
    .pluck()
    .all()
  const rows = Object.fromEntries(
    tables.map((table) => [
      table,
      Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
    ]),
  )
  db.close()
  return {
    heapMb: heapUsed / 1e6,
    rssMb: rss / 1e6,
    descriptors,
    fileMb: statSync(databasePath).size / 1e6,
    freeMb: (freePages * pageBytes) / 1e6,
    logMb: statSync(`${databasePath}-wal`).size / 1e6,
    rows,
  }
}

/** Node exposes its garbage collector only under a flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
}

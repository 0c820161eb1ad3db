import type { Database } from 'better-sqlite3'
import type { JsonObject } from '../../../protocol/bucket.ts'
import { storedJson } from '../sqlite-errors.ts'

/** The table of what operators set for integrations, by name. May hold passwords. */
export class IntegrationsTable {
  readonly #db: Database

  /** Nothing is prepared: a reader may have a database that is older than this table. */
  constructor(db: Database) {
    this.#db = db
  }

  get(name: string): JsonObject | undefined {
    const text = this.#db
      .prepare<[string], string>('SELECT config FROM integrations WHERE name = ?')
      .pluck()
      .get(name)
    return text === undefined ? undefined : storedJson<JsonObject>(text)
  }

  /** @param atMs - wall clock */
  set(name: string, config: JsonObject, atMs: number): void {
    this.#db
      .prepare(
        `INSERT INTO integrations (name, config, updated_at_ms) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE
         SET config = excluded.config, updated_at_ms = excluded.updated_at_ms`,
      )
      .run(name, JSON.stringify(config), Math.floor(atMs))
  }

  /** Whether there was one. */
  delete(name: string): boolean {
    return this.#db.prepare('DELETE FROM integrations WHERE name = ?').run(name).changes > 0
  }
}

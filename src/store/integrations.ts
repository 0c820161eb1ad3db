import type { Database } from 'better-sqlite3'
import type { JsonObject } from '../protocol/bucket.ts'

/** The table of what operators set for integrations, by name. May hold passwords. */
export class Integrations {
  readonly #get
  readonly #set
  readonly #delete

  constructor(db: Database) {
    this.#get = db
      .prepare<[string], string>('SELECT config FROM integrations WHERE name = ?')
      .pluck()
    this.#set = db.prepare(
      `INSERT INTO integrations (name, config, updated_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE
       SET config = excluded.config, updated_at_ms = excluded.updated_at_ms`,
    )
    this.#delete = db.prepare('DELETE FROM integrations WHERE name = ?')
  }

  get(name: string): JsonObject | undefined {
    const text = this.#get.get(name)
    return text === undefined ? undefined : (JSON.parse(text) as JsonObject)
  }

  /** @param atMs - wall clock */
  set(name: string, config: JsonObject, atMs: number): void {
    this.#set.run(name, JSON.stringify(config), Math.floor(atMs))
  }

  /** Whether there was one. */
  delete(name: string): boolean {
    return this.#delete.run(name).changes > 0
  }
}

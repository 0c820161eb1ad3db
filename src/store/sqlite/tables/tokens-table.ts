import type { Database } from 'better-sqlite3'
import type { Token } from '../../store.ts'

const COLUMNS = 'id, name, scope, hash, created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs'

/** The table of tokens for the control API. */
export class TokensTable {
  readonly #all
  readonly #insert
  readonly #delete

  constructor(db: Database) {
    this.#all = db.prepare<[], Token>(`SELECT ${COLUMNS} FROM tokens ORDER BY created_at_ms, id`)
    this.#insert = db.prepare(
      `INSERT INTO tokens (id, name, scope, hash, created_at_ms, expires_at_ms)
       VALUES (@id, @name, @scope, @hash, @createdAtMs, @expiresAtMs)`,
    )
    this.#delete = db.prepare('DELETE FROM tokens WHERE id = ?')
  }

  /** Oldest first, those that expired included. */
  all(): Token[] {
    return this.#all.all()
  }

  insert(token: Token): void {
    this.#insert.run({ ...token })
  }

  delete(id: string): boolean {
    return this.#delete.run(id).changes > 0
  }
}

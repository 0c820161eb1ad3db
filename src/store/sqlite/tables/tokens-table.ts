import type { Database } from 'better-sqlite3'

/** What a token allows: reading, commanding and pairing as well, or everything. */
export const TOKEN_SCOPES = ['read', 'control', 'admin'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** A token as it is on file: never the token itself. Times are wall clock, ms. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  /** SHA-256 of the token, in hex. */
  readonly hash: string
  readonly createdAtMs: number
  /** Null for one that never expires. */
  readonly expiresAtMs: number | null
}

const COLUMNS = 'id, name, scope, hash, created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs'

/** The table of tokens for the control API. */
export class Tokens {
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

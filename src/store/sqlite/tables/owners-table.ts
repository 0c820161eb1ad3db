import type { Database } from 'better-sqlite3'
import type { Owner } from '../../../protocol/thermostat/state.ts'

/** The tables of users and of what they own. */
export class OwnersTable {
  readonly #put
  readonly #delete
  readonly #insertUser
  readonly #setEmail
  readonly #users

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO owners (serial, user_id, created_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (serial) DO UPDATE
       SET user_id = excluded.user_id, created_at_ms = excluded.created_at_ms`,
    )
    this.#delete = db.prepare('DELETE FROM owners WHERE serial = ?')
    this.#insertUser = db.prepare(
      'INSERT OR IGNORE INTO users (user_id, email, created_at_ms) VALUES (?, ?, ?)',
    )
    this.#setEmail = db.prepare('UPDATE users SET email = ? WHERE user_id = ?')
    this.#users = db.prepare<[], string>('SELECT user_id FROM users ORDER BY user_id').pluck()
  }

  /** Sets the owner of a thermostat; a user that is new is put on file as well. */
  put(serial: string, { userId, createdAtMs }: Owner): void {
    this.ensureUser(userId, createdAtMs, undefined)
    this.#put.run(serial, userId, Math.floor(createdAtMs))
  }

  delete(serial: string): void {
    this.#delete.run(serial)
  }

  /** The ids of all users. */
  users(): string[] {
    return this.#users.all()
  }

  /** Whether the user is new. An e-mail address replaces the one on file. */
  ensureUser(userId: string, atMs: number, email: string | undefined): boolean {
    const isNew = this.#insertUser.run(userId, email ?? null, Math.floor(atMs)).changes > 0
    if (!isNew && email !== undefined) this.#setEmail.run(email, userId)
    return isNew
  }
}

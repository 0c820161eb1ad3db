import type { Database } from 'better-sqlite3'

/** Who a thermostat belongs to. */
export interface Owner {
  readonly serial: string
  readonly userId: string
  /** Wall clock, ms. */
  readonly createdAtMs: number
}

const COLUMNS = 'serial, user_id AS userId, created_at_ms AS createdAtMs'

/** The tables of users and of what they own. */
export class Owners {
  readonly #get
  readonly #all
  readonly #ofUser
  readonly #set
  readonly #delete
  readonly #insertUser
  readonly #setEmail
  readonly #users

  constructor(db: Database) {
    this.#get = db.prepare<[string], Owner>(`SELECT ${COLUMNS} FROM owners WHERE serial = ?`)
    this.#all = db.prepare<[], Owner>(`SELECT ${COLUMNS} FROM owners ORDER BY serial`)
    this.#ofUser = db.prepare<[string], Owner>(
      `SELECT ${COLUMNS} FROM owners WHERE user_id = ? ORDER BY created_at_ms DESC, serial`,
    )
    this.#set = db.prepare(
      `INSERT INTO owners (serial, user_id, created_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (serial) DO UPDATE
       SET user_id = excluded.user_id, created_at_ms = excluded.created_at_ms`,
    )
    this.#delete = db.prepare('DELETE FROM owners WHERE serial = ? AND user_id = ?')
    this.#insertUser = db.prepare(
      'INSERT OR IGNORE INTO users (user_id, email, created_at_ms) VALUES (?, ?, ?)',
    )
    this.#setEmail = db.prepare('UPDATE users SET email = ? WHERE user_id = ?')
    this.#users = db.prepare<[], string>('SELECT user_id FROM users ORDER BY user_id').pluck()
  }

  get(serial: string): Owner | undefined {
    return this.#get.get(serial)
  }

  all(): Owner[] {
    return this.#all.all()
  }

  /** What a user owns, newest first. */
  ofUser(userId: string): Owner[] {
    return this.#ofUser.all(userId)
  }

  set(serial: string, userId: string, atMs: number): void {
    this.#set.run(serial, userId, Math.floor(atMs))
  }

  delete(serial: string, userId: string): boolean {
    return this.#delete.run(serial, userId).changes > 0
  }

  /** The ids of all users. */
  users(): string[] {
    return this.#users.all()
  }

  /** Whether the user is new. An e-mail address replaces the one on file. */
  ensureUser(userId: string, atMs: number, email?: string): boolean {
    const created = this.#insertUser.run(userId, email ?? null, Math.floor(atMs)).changes > 0
    if (!created && email !== undefined) this.#setEmail.run(email, userId)
    return created
  }
}

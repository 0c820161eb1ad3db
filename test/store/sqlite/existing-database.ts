import { join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Test } from 'tap'

/** The column facts of the existing server's database, restated. */
const SCHEMA = `
  CREATE TABLE states (serial TEXT, object_key TEXT, object_revision INTEGER,
    object_timestamp INTEGER, value TEXT, updatedAt INTEGER);
  CREATE TABLE entryKeys (code TEXT PRIMARY KEY, serial TEXT, createdAt INTEGER,
    expiresAt INTEGER, claimedBy TEXT, claimedAt INTEGER);
  CREATE TABLE deviceOwners (serial TEXT PRIMARY KEY, userId TEXT, createdAt INTEGER);
  CREATE TABLE users (clerkId TEXT PRIMARY KEY, email TEXT, createdAt INTEGER);
  CREATE TABLE integrations (userId TEXT, type TEXT, enabled INTEGER, config TEXT,
    createdAt INTEGER, updatedAt INTEGER, PRIMARY KEY (userId, type));`

/** A database in the layout of the existing server, in WAL mode as it is while that serves. */
export class ExistingDatabase {
  readonly path: string
  /** Where an import may put nle's. */
  readonly target: string
  readonly db: Database

  constructor(t: Test, schema = SCHEMA) {
    const folder = t.testdir({})
    this.path = join(folder, 'database.sqlite')
    this.target = join(folder, 'nle.sqlite')
    this.db = new SqliteDatabase(this.path)
    this.db.pragma('journal_mode = WAL')
    this.db.exec(schema)
    t.teardown(() => this.db.close())
  }

  state(
    serial: string,
    key: string,
    revision: number,
    timestamp: number,
    value: unknown,
    updatedAt = timestamp,
  ): this {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    this.db
      .prepare('INSERT INTO states VALUES (?, ?, ?, ?, ?, ?)')
      .run(serial, key, revision, timestamp, text, updatedAt)
    return this
  }

  owner(serial: string, userId: string, createdAt: number): this {
    this.db.prepare('INSERT INTO deviceOwners VALUES (?, ?, ?)').run(serial, userId, createdAt)
    return this
  }

  user(userId: string, email: string | null, createdAt: number): this {
    this.db.prepare('INSERT INTO users VALUES (?, ?, ?)').run(userId, email, createdAt)
    return this
  }

  integration(userId: string, type: string, config: unknown, enabled = 1, updatedAt = 1): this {
    const text = typeof config === 'string' ? config : JSON.stringify(config)
    this.db
      .prepare('INSERT INTO integrations VALUES (?, ?, ?, ?, ?, ?)')
      .run(userId, type, enabled, text, 1, updatedAt)
    return this
  }

  key(
    code: string,
    serial: string,
    times: { created: number; expires: number; claimed?: number },
    claimedBy: string | null = null,
  ): this {
    this.db
      .prepare('INSERT INTO entryKeys VALUES (?, ?, ?, ?, ?, ?)')
      .run(code, serial, times.created, times.expires, claimedBy, times.claimed ?? null)
    return this
  }
}

import type { Database } from 'better-sqlite3'
import type { EntryKey } from '../../../protocol/pairing/entry-key.ts'

const COLUMNS = `code, serial, created_at_ms AS createdAtMs,
  expires_at_steady_ms AS expiresAtSteadyMs, claimed_by AS claimedBy, claimed_at_ms AS claimedAtMs`

/** The table of entry keys (pairing codes). */
export class EntryKeys {
  readonly #get
  readonly #latestOpen
  readonly #latestClaimed
  readonly #open
  readonly #expiredSerials
  readonly #insert
  readonly #renew
  readonly #clamp
  readonly #shift
  readonly #claim
  readonly #deleteOfDevice
  readonly #prune

  constructor(db: Database) {
    this.#get = db.prepare<[string], EntryKey>(`SELECT ${COLUMNS} FROM entry_keys WHERE code = ?`)
    this.#latestOpen = db.prepare<[string, number], EntryKey>(
      `SELECT ${COLUMNS} FROM entry_keys
       WHERE serial = ? AND claimed_at_ms IS NULL AND expires_at_steady_ms > ?
       ORDER BY expires_at_steady_ms DESC LIMIT 1`,
    )
    this.#latestClaimed = db.prepare<[string], EntryKey>(
      `SELECT ${COLUMNS} FROM entry_keys WHERE serial = ? AND claimed_at_ms IS NOT NULL
       ORDER BY claimed_at_ms DESC, rowid DESC LIMIT 1`,
    )
    this.#open = db.prepare<[number], EntryKey>(
      `SELECT ${COLUMNS} FROM entry_keys
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > ? ORDER BY serial`,
    )
    this.#expiredSerials = db
      .prepare<[{ steadyMs: number }], string>(
        `SELECT DISTINCT serial FROM entry_keys
         WHERE claimed_at_ms IS NULL AND expires_at_steady_ms <= @steadyMs AND serial NOT IN (
           SELECT serial FROM entry_keys
           WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > @steadyMs)`,
      )
      .pluck()
    this.#insert = db.prepare(
      `INSERT INTO entry_keys (code, serial, created_at_ms, expires_at_steady_ms)
       VALUES (?, ?, ?, ?)`,
    )
    this.#renew = db.prepare('UPDATE entry_keys SET expires_at_steady_ms = ? WHERE code = ?')
    this.#clamp = db.prepare(
      `UPDATE entry_keys SET expires_at_steady_ms = @latest
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > @latest`,
    )
    this.#shift = db.prepare(
      'UPDATE entry_keys SET expires_at_steady_ms = expires_at_steady_ms + ?',
    )
    this.#claim = db.prepare(
      `UPDATE entry_keys SET claimed_by = ?, claimed_at_ms = ?
       WHERE code = ? AND claimed_at_ms IS NULL`,
    )
    this.#deleteOfDevice = db.prepare('DELETE FROM entry_keys WHERE serial = ?')
    this.#prune = db.prepare(
      `DELETE FROM entry_keys WHERE (claimed_at_ms IS NULL AND expires_at_steady_ms < ?)
         OR (claimed_at_ms IS NOT NULL AND claimed_at_ms < (
           SELECT max(newer.claimed_at_ms) FROM entry_keys AS newer
           WHERE newer.serial = entry_keys.serial))`,
    )
  }

  get(code: string): EntryKey | undefined {
    return this.#get.get(code)
  }

  /** The device's key that can still be claimed. */
  openOf(serial: string, steadyMs: number): EntryKey | undefined {
    return this.#latestOpen.get(serial, steadyMs)
  }

  /** The device's key that was claimed last. */
  claimedOf(serial: string): EntryKey | undefined {
    return this.#latestClaimed.get(serial)
  }

  /** Every key that can still be claimed, ordered by serial. */
  allOpen(steadyMs: number): EntryKey[] {
    return this.#open.all(steadyMs)
  }

  /** Devices whose last key has expired unclaimed. */
  expiredSerials(steadyMs: number): string[] {
    return this.#expiredSerials.all({ steadyMs: Math.floor(steadyMs) })
  }

  insert(key: EntryKey): void {
    this.#insert.run(
      key.code,
      key.serial,
      Math.floor(key.createdAtMs),
      Math.floor(key.expiresAtSteadyMs),
    )
  }

  renew(code: string, expiresAtSteadyMs: number): void {
    this.#renew.run(Math.floor(expiresAtSteadyMs), code)
  }

  /** No key expires later than this: its time was told by a clock that was wrong. */
  clampExpiry(latestSteadyMs: number): void {
    this.#clamp.run({ latest: Math.floor(latestSteadyMs) })
  }

  /** Every key expires so much later: the steady clock it is told on is another one now. */
  shift(ms: number): void {
    this.#shift.run(ms)
  }

  /** Marks a key as claimed; false when somebody was faster (`P5`). */
  claim(code: string, userId: string, atMs: number): boolean {
    return this.#claim.run(userId, Math.floor(atMs), code).changes === 1
  }

  deleteOf(serial: string): void {
    this.#deleteOfDevice.run(serial)
  }

  /** Forgets keys that expired before this instant, and claimed ones that a newer claim replaced. */
  prune(expiredBeforeSteadyMs: number): number {
    return this.#prune.run(Math.floor(expiredBeforeSteadyMs)).changes
  }
}

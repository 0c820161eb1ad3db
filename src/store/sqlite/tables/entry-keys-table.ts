import type { Database } from 'better-sqlite3'
import { NleError } from '../../../errors.ts'
import type { EntryKey } from '../../../protocol/pairing/entry-key.ts'

const COLUMNS = `code, serial, created_at_ms AS createdAtMs,
  expires_at_steady_ms AS expiresAtSteadyMs, claimed_by AS claimedBy, claimed_at_ms AS claimedAtMs`

/** The table of entry keys (pairing codes). */
export class EntryKeysTable {
  readonly #get
  readonly #ofDevice
  readonly #open
  readonly #expiredSerials
  readonly #upsert
  readonly #delete
  readonly #clamp
  readonly #shift
  readonly #prune

  constructor(db: Database) {
    this.#get = db.prepare<[string], EntryKey>(`SELECT ${COLUMNS} FROM entry_keys WHERE code = ?`)
    this.#ofDevice = db.prepare<[string], EntryKey>(
      `SELECT ${COLUMNS} FROM entry_keys WHERE serial = ? ORDER BY rowid`,
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
    this.#upsert = db.prepare(
      `INSERT INTO entry_keys (code, serial, created_at_ms, expires_at_steady_ms, claimed_by,
         claimed_at_ms)
       VALUES (@code, @serial, @createdAtMs, @expiresAtSteadyMs, @claimedBy, @claimedAtMs)
       ON CONFLICT (code) DO UPDATE SET expires_at_steady_ms = excluded.expires_at_steady_ms,
         claimed_by = excluded.claimed_by, claimed_at_ms = excluded.claimed_at_ms
       WHERE serial = excluded.serial`,
    )
    this.#delete = db.prepare('DELETE FROM entry_keys WHERE code = ?')
    this.#clamp = db.prepare(
      `UPDATE entry_keys SET expires_at_steady_ms = @latest
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > @latest`,
    )
    this.#shift = db.prepare(
      'UPDATE entry_keys SET expires_at_steady_ms = expires_at_steady_ms + ?',
    )
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

  /** Every key of a thermostat, oldest first. */
  ofDevice(serial: string): EntryKey[] {
    return this.#ofDevice.all(serial)
  }

  /** Every key that can still be claimed, ordered by serial. */
  allOpen(steadyMs: number): EntryKey[] {
    return this.#open.all(steadyMs)
  }

  /** Devices whose last key has expired unclaimed. */
  expiredSerials(steadyMs: number): string[] {
    return this.#expiredSerials.all({ steadyMs: Math.floor(steadyMs) })
  }

  /** @throws NleError `store` when another thermostat has a key of the same code */
  put(key: EntryKey): void {
    const { changes } = this.#upsert.run({
      ...key,
      createdAtMs: Math.floor(key.createdAtMs),
      expiresAtSteadyMs: Math.floor(key.expiresAtSteadyMs),
      claimedAtMs: key.claimedAtMs === null ? null : Math.floor(key.claimedAtMs),
    })
    if (changes !== 1) throw new NleError('store', 'The code was given to another thermostat.')
  }

  delete(code: string): void {
    this.#delete.run(code)
  }

  /** No key expires later than this: a wrong clock told its time. */
  clampExpiry(latestSteadyMs: number): void {
    this.#clamp.run({ latest: Math.floor(latestSteadyMs) })
  }

  /** Every key expires so much later: the steady clock it is told on is another one now. */
  shift(ms: number): void {
    this.#shift.run(ms)
  }

  /** Deletes keys that expired before this instant, and claimed ones that a newer claim replaced. */
  prune(expiredBeforeSteadyMs: number): void {
    this.#prune.run(Math.floor(expiredBeforeSteadyMs))
  }
}

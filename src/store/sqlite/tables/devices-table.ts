import type { Database } from 'better-sqlite3'
import type { EntryFacts } from '../../../protocol/pairing/entry-document.ts'

/** A thermostat that has called, paired or not. Times are wall clock, ms. */
export interface Device {
  readonly serial: string
  readonly model: string | null
  readonly macAddress: string | null
  readonly softwareVersion: string | null
  /** The structure bucket it uses (`P10`); null until it lists one or is claimed. */
  readonly structureKey: string | null
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
}

const COLUMNS = `serial, model, mac_address AS macAddress, software_version AS softwareVersion,
  structure_key AS structureKey, first_seen_at_ms AS firstSeenAtMs, last_seen_at_ms AS lastSeenAtMs`

/** The table of thermostats. */
export class Devices {
  readonly #get
  readonly #all
  readonly #insert
  readonly #seen
  readonly #facts
  readonly #structure
  readonly #delete
  readonly #countUnpaired
  readonly #unpaired
  readonly #forget

  constructor(db: Database) {
    this.#get = db.prepare<[string], Device>(`SELECT ${COLUMNS} FROM devices WHERE serial = ?`)
    this.#all = db.prepare<[], Device>(`SELECT ${COLUMNS} FROM devices ORDER BY serial`)
    this.#insert = db.prepare(
      `INSERT INTO devices (serial, first_seen_at_ms, last_seen_at_ms) VALUES (?, ?, ?)`,
    )
    this.#seen = db.prepare('UPDATE devices SET last_seen_at_ms = ? WHERE serial = ?')
    this.#facts = db.prepare(
      `UPDATE devices SET model = coalesce(@model, model),
         mac_address = coalesce(@macAddress, mac_address),
         software_version = coalesce(@softwareVersion, software_version)
       WHERE serial = @serial AND (model IS NOT coalesce(@model, model)
         OR mac_address IS NOT coalesce(@macAddress, mac_address)
         OR software_version IS NOT coalesce(@softwareVersion, software_version))`,
    )
    this.#structure = db.prepare('UPDATE devices SET structure_key = ? WHERE serial = ?')
    this.#delete = db.prepare('DELETE FROM devices WHERE serial = ?')
    this.#countUnpaired = db
      .prepare<[], number>(
        'SELECT count(*) FROM devices WHERE serial NOT IN (SELECT serial FROM owners)',
      )
      .pluck()
    this.#unpaired = db
      .prepare<[], string>(
        `SELECT serial FROM devices WHERE serial NOT IN (SELECT serial FROM owners)
         ORDER BY last_seen_at_ms, serial`,
      )
      .pluck()
    this.#forget = db
      .prepare<[number, number], string>(
        `DELETE FROM devices WHERE last_seen_at_ms < ?
           AND serial NOT IN (SELECT serial FROM owners)
           AND serial NOT IN (SELECT serial FROM entry_keys
             WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > ?)
           AND serial NOT IN (SELECT serial FROM buckets WHERE object_key NOT LIKE 'device_alert_dialog.%')
         RETURNING serial`,
      )
      .pluck()
  }

  get(serial: string): Device | undefined {
    return this.#get.get(serial)
  }

  all(): Device[] {
    return this.#all.all()
  }

  insert(serial: string, nowMs: number): void {
    this.#insert.run(serial, Math.floor(nowMs), Math.floor(nowMs))
  }

  setSeen(serial: string, atMs: number): void {
    this.#seen.run(Math.floor(atMs), serial)
  }

  /** Writes only what is new. */
  setFacts(serial: string, facts: EntryFacts): void {
    this.#facts.run({
      serial,
      model: facts.model ?? null,
      macAddress: facts.macAddress ?? null,
      softwareVersion: facts.softwareVersion ?? null,
    })
  }

  setStructureKey(serial: string, objectKey: string | null): void {
    this.#structure.run(objectKey, serial)
  }

  /** Removes the thermostat and everything that is its own. */
  delete(serial: string): boolean {
    return this.#delete.run(serial).changes > 0
  }

  countUnpaired(): number {
    return this.#countUnpaired.get() ?? 0
  }

  /** Those without an owner; the one that was seen last comes last. */
  unpaired(): string[] {
    return this.#unpaired.all()
  }

  /**
   * Forgets who called once, was never paired, never sent a thing, and has not called since. One that
   * shows a code stays: a clock that was set right must not take the code away from under it.
   *
   * @returns their serials
   */
  forgetSilent(lastSeenBeforeMs: number, steadyMs: number): string[] {
    return this.#forget.all(Math.floor(lastSeenBeforeMs), Math.floor(steadyMs))
  }
}

import type { Database } from 'better-sqlite3'
import type { DeviceRecord } from '../../../protocol/thermostat/state.ts'
import type { ThermostatSummary } from '../../store.ts'

interface Row extends DeviceRecord {
  readonly serial: string
  readonly userId: string | null
  readonly ownedSinceMs: number | null
}

const WITH_OWNER = `SELECT devices.serial, model, mac_address AS macAddress,
    software_version AS softwareVersion, structure_key AS structureKey,
    first_seen_at_ms AS firstSeenAtMs, last_seen_at_ms AS lastSeenAtMs, user_id AS userId,
    created_at_ms AS ownedSinceMs
  FROM devices LEFT JOIN owners ON owners.serial = devices.serial`

/** The table of thermostats, read together with who owns them. */
export class DevicesTable {
  readonly #get
  readonly #all
  readonly #ofUser
  readonly #put
  readonly #setSeen
  readonly #delete
  readonly #countUnpaired
  readonly #unpaired
  readonly #forget

  constructor(db: Database) {
    this.#get = db.prepare<[string], Row>(`${WITH_OWNER} WHERE devices.serial = ?`)
    this.#all = db.prepare<[], Row>(`${WITH_OWNER} ORDER BY devices.serial`)
    this.#ofUser = db.prepare<[string], Row>(
      `${WITH_OWNER} WHERE user_id = ? ORDER BY created_at_ms DESC, devices.serial`,
    )
    this.#put = db.prepare(
      `INSERT INTO devices (serial, model, mac_address, software_version, structure_key,
         first_seen_at_ms, last_seen_at_ms)
       VALUES (@serial, @model, @macAddress, @softwareVersion, @structureKey, @firstSeenAtMs,
         @lastSeenAtMs)
       ON CONFLICT (serial) DO UPDATE SET model = excluded.model,
         mac_address = excluded.mac_address, software_version = excluded.software_version,
         structure_key = excluded.structure_key, last_seen_at_ms = excluded.last_seen_at_ms`,
    )
    this.#setSeen = db.prepare('UPDATE devices SET last_seen_at_ms = ? WHERE serial = ?')
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

  get(serial: string): ThermostatSummary | undefined {
    const row = this.#get.get(serial)
    return row === undefined ? undefined : toSummary(row)
  }

  all(): ThermostatSummary[] {
    return this.#all.all().map(toSummary)
  }

  /** What a user owns, newest first. */
  ofUser(userId: string): ThermostatSummary[] {
    return this.#ofUser.all(userId).map(toSummary)
  }

  put(serial: string, device: DeviceRecord): void {
    this.#put.run({ serial, ...device })
  }

  setSeen(serial: string, atMs: number): void {
    this.#setSeen.run(Math.floor(atMs), serial)
  }

  /** Removes the thermostat and everything that is its own. */
  delete(serial: string): void {
    this.#delete.run(serial)
  }

  countUnpaired(): number {
    return this.#countUnpaired.get() ?? 0
  }

  /** Serials without an owner; the one that was seen last comes last. */
  unpaired(): string[] {
    return this.#unpaired.all()
  }

  /**
   * Deletes thermostats that called before this instant only, were never paired, and never sent
   * anything. One with an open key stays: a clock that was set right must not take its code away.
   *
   * @returns their serials
   */
  forgetSilent(lastSeenBeforeMs: number, steadyMs: number): string[] {
    return this.#forget.all(Math.floor(lastSeenBeforeMs), Math.floor(steadyMs))
  }
}

function toSummary({ serial, userId, ownedSinceMs, ...device }: Row): ThermostatSummary {
  return {
    serial,
    device,
    owner: userId === null ? undefined : { userId, createdAtMs: ownedSinceMs ?? 0 },
  }
}

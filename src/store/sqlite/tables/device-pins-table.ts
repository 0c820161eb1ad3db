import type { Database } from 'better-sqlite3'

/** The password a thermostat has to have, as it is on file. */
export interface DevicePin {
  readonly serial: string
  /** Hex. */
  readonly salt: string
  /** HMAC-SHA-256 of the password under the salt, hex. */
  readonly hash: string
  /** Wall clock, ms. */
  readonly pinnedAtMs: number
}

/** The table of remembered passwords of thermostats. */
export class DevicePins {
  readonly #get
  readonly #set
  readonly #delete

  constructor(db: Database) {
    this.#get = db.prepare<[string], DevicePin>(
      'SELECT serial, salt, hash, pinned_at_ms AS pinnedAtMs FROM device_pins WHERE serial = ?',
    )
    this.#set = db.prepare(
      `INSERT OR REPLACE INTO device_pins (serial, salt, hash, pinned_at_ms)
       VALUES (@serial, @salt, @hash, @pinnedAtMs)`,
    )
    this.#delete = db.prepare('DELETE FROM device_pins WHERE serial = ?')
  }

  get(serial: string): DevicePin | undefined {
    return this.#get.get(serial)
  }

  set(pin: DevicePin): void {
    this.#set.run({ ...pin, pinnedAtMs: Math.floor(pin.pinnedAtMs) })
  }

  delete(serial: string): boolean {
    return this.#delete.run(serial).changes > 0
  }
}

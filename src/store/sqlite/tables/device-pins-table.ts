import type { Database } from 'better-sqlite3'
import type { DevicePin } from '../../../protocol/thermostat/state.ts'

/** The table of remembered passwords of thermostats. */
export class DevicePinsTable {
  readonly #get
  readonly #put
  readonly #delete

  constructor(db: Database) {
    this.#get = db.prepare<[string], DevicePin>(
      'SELECT salt, hash, pinned_at_ms AS pinnedAtMs FROM device_pins WHERE serial = ?',
    )
    this.#put = db.prepare(
      'INSERT OR REPLACE INTO device_pins (serial, salt, hash, pinned_at_ms) VALUES (?, ?, ?, ?)',
    )
    this.#delete = db.prepare('DELETE FROM device_pins WHERE serial = ?')
  }

  get(serial: string): DevicePin | undefined {
    return this.#get.get(serial)
  }

  put(serial: string, { salt, hash, pinnedAtMs }: DevicePin): void {
    this.#put.run(serial, salt, hash, Math.floor(pinnedAtMs))
  }

  delete(serial: string): void {
    this.#delete.run(serial)
  }
}

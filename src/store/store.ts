import type { Database } from 'better-sqlite3'
import { type OpenOptions, openDatabase } from './sqlite/database.ts'
import { type DiskRefusal, diskRefusal } from './sqlite/disk.ts'
import { GroupCommit } from './sqlite/group-commit.ts'
import { MIGRATIONS } from './sqlite/migrations.ts'
import { Buckets } from './sqlite/tables/buckets-table.ts'
import { Changes } from './sqlite/tables/changes-table.ts'
import { DevicePins } from './sqlite/tables/device-pins-table.ts'
import { Devices } from './sqlite/tables/devices-table.ts'
import { EntryKeys } from './sqlite/tables/entry-keys-table.ts'
import { Integrations } from './sqlite/tables/integrations-table.ts'
import { Owners } from './sqlite/tables/owners-table.ts'
import { Tokens } from './sqlite/tables/tokens-table.ts'
import { WallClock } from './sqlite/tables/wall-clock-table.ts'

/** The process that serves a database. */
export interface ServerRecord {
  readonly pid: number
  readonly deviceUrl: string
  readonly controlUrl: string
  /** Wall clock, ms. */
  readonly startedAtMs: number
}

/** The database: one object per table, and the one way to write. */
export class Store {
  readonly devices: Devices
  readonly buckets: Buckets
  readonly entryKeys: EntryKeys
  readonly owners: Owners
  readonly changes: Changes
  readonly integrations: Integrations
  readonly #db: Database
  readonly #group: GroupCommit | undefined
  // Made when they are asked for: who only reads an older database does not miss their tables.
  #tokens: Tokens | undefined
  #devicePins: DevicePins | undefined
  #wallClock: WallClock | undefined

  /**
   * Opens the database; see `openDatabase` for what it throws.
   *
   * @param atTurnEnd - when the writes of a turn are committed; see `GroupCommit`
   */
  constructor(
    path: string,
    options: OpenOptions,
    atTurnEnd: (flush: () => void) => void = setImmediate,
  ) {
    this.#db = openDatabase(path, options)
    this.devices = new Devices(this.#db)
    this.buckets = new Buckets(this.#db)
    this.entryKeys = new EntryKeys(this.#db)
    this.owners = new Owners(this.#db)
    this.changes = new Changes(this.#db)
    this.integrations = new Integrations(this.#db)
    this.#group = options.readonly ? undefined : new GroupCommit(this.#db, atTurnEnd)
    if (!options.readonly && !options.besideServer) this.takeOver()
  }

  /**
   * Brings what an earlier process wrote in its steady time into that of this one, which starts as the
   * wall clock stands: what had an hour left when the clock was set from 1970 has it still.
   */
  takeOver(): void {
    const aheadMs = this.wallClock.aheadMs()
    if (aheadMs === 0) return
    this.#db
      .transaction(() => {
        this.entryKeys.shift(aheadMs)
        this.changes.shift(aheadMs)
        this.wallClock.setAhead(0)
      })
      .immediate()
  }

  get tokens(): Tokens {
    this.#tokens ??= new Tokens(this.#db)
    return this.#tokens
  }

  get devicePins(): DevicePins {
    this.#devicePins ??= new DevicePins(this.#db)
    return this.#devicePins
  }

  get wallClock(): WallClock {
    this.#wallClock ??= new WallClock(this.#db)
    return this.#wallClock
  }

  /** The one way to write: `work` in a transaction, `done` once it is on disk. See `GroupCommit`. */
  run<T>(work: () => T, done: (result: T) => void, failed: (error: unknown) => void): void {
    this.#writer.run(work, done, failed)
  }

  /** As `run`, as a promise. */
  commit<T>(work: () => T): Promise<T> {
    return this.#writer.commit(work)
  }

  /** The server that runs on this database, as it wrote itself down; undefined after a clean stop. */
  server(): ServerRecord | undefined {
    return this.#db
      .prepare<[], ServerRecord>(
        `SELECT pid, device_url AS deviceUrl, control_url AS controlUrl,
           started_at_ms AS startedAtMs FROM server`,
      )
      .get()
  }

  setServer(record: ServerRecord | undefined): void {
    if (record === undefined) {
      this.#db.prepare('DELETE FROM server').run()
      return
    }
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO server (id, pid, device_url, control_url, started_at_ms)
         VALUES (1, ?, ?, ?, ?)`,
      )
      .run(record.pid, record.deviceUrl, record.controlUrl, Math.floor(record.startedAtMs))
  }

  /** Writes a page that is as it was; resolves once it is on disk, where something can be written. */
  prove(): Promise<void> {
    return this.commit(() => {
      this.#db.pragma(`user_version = ${MIGRATIONS.length}`)
    })
  }

  /** What the file system says to a file beside the database; see `diskRefusal`. */
  diskRefusal(): DiskRefusal {
    return this.#db.memory ? undefined : diskRefusal(this.#db.name)
  }

  /** Commits what is waiting and closes the file. */
  close(): void {
    this.#group?.flush()
    this.#db.close()
  }

  get #writer(): GroupCommit {
    if (this.#group === undefined) throw new Error('the store was opened for reading only')
    return this.#group
  }
}

import type { Database } from 'better-sqlite3'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { CommandParts } from '../../protocol/delivery/change-report.ts'
import type { Now } from '../../protocol/now.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import { type Decision, isEmpty, type Writes } from '../../protocol/thermostat/decision.ts'
import { emptyState, type ThermostatState } from '../../protocol/thermostat/state.ts'
import type {
  Brought,
  BucketSummary,
  PruneLimits,
  ServerRecord,
  Store,
  ThermostatSummary,
  Token,
} from '../store.ts'
import { MQTT } from '../store.ts'
import type { Trouble, TroubleKind } from '../trouble.ts'
import { type OpenOptions, openDatabase } from './database.ts'
import { diskRefusal } from './disk.ts'
import { GroupCommit } from './group-commit.ts'
import { MIGRATIONS } from './migrations.ts'
import { storeFailure, troubleOf } from './sqlite-errors.ts'
import { StateCache } from './state-cache.ts'
import { BucketsTable } from './tables/buckets-table.ts'
import { ChangesTable } from './tables/changes-table.ts'
import { DevicePinsTable } from './tables/device-pins-table.ts'
import { DevicesTable } from './tables/devices-table.ts'
import { EntryKeysTable } from './tables/entry-keys-table.ts'
import { IntegrationsTable } from './tables/integrations-table.ts'
import { OwnersTable } from './tables/owners-table.ts'
import { TokensTable } from './tables/tokens-table.ts'
import { WallClockTable } from './tables/wall-clock-table.ts'

/** A wall clock that is off by less was not set. */
const CLOCK_SET_MS = 10_000

/**
 * The household's engine: one file, one process that writes. A decision is loaded, made and written
 * in one turn of the event loop; all that one turn writes shares one commit (`GroupCommit`).
 */
export class SqliteStore implements Store {
  readonly #db: Database
  readonly #devices: DevicesTable
  readonly #buckets: BucketsTable
  readonly #changes: ChangesTable
  readonly #entryKeys: EntryKeysTable
  readonly #owners: OwnersTable
  readonly #integrations: IntegrationsTable
  readonly #writer: GroupCommit | undefined
  /** Undefined beside a server: what is read once may be written by the server the next moment. */
  readonly #cache: StateCache | undefined
  #nextChangeId: number
  // A database that is older, opened for reading only, may not have their tables.
  #lateTables: { tokens?: TokensTable; pins?: DevicePinsTable; wallClock?: WallClockTable } = {}

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
    this.#devices = new DevicesTable(this.#db)
    this.#buckets = new BucketsTable(this.#db)
    this.#changes = new ChangesTable(this.#db)
    this.#entryKeys = new EntryKeysTable(this.#db)
    this.#owners = new OwnersTable(this.#db)
    this.#integrations = new IntegrationsTable(this.#db)
    this.#nextChangeId = this.#changes.latestId() + 1
    const { readonly = false, besideServer = false } = options
    this.#writer = readonly
      ? undefined
      : new GroupCommit(this.#db, atTurnEnd, () => this.#cache?.clear())
    this.#cache = readonly || besideServer ? undefined : new StateCache()
    if (this.#cache !== undefined) this.takeOver()
  }

  /**
   * Brings what an earlier process wrote in its steady time into that of this one, which starts as the
   * wall clock stands: what had an hour left when the clock was set from 1970 has it still.
   */
  takeOver(): void {
    const aheadMs = this.#wallClock.aheadMs()
    this.#cache?.clear()
    if (aheadMs === 0) return
    this.#db
      .transaction(() => {
        this.#entryKeys.shift(aheadMs)
        this.#changes.shift(aheadMs)
        this.#wallClock.setAhead(0)
      })
      .immediate()
  }

  decide<D extends Decision<unknown>>(
    serial: string,
    decide: (state: ThermostatState, nextChangeId: number) => D,
    done: (decision: D) => void,
    failed: (error: unknown) => void,
  ): void {
    let decision: D
    try {
      decision = decide(this.#state(serial), this.#nextChangeId)
    } catch (error) {
      failed(storeFailure(error))
      return
    }
    const { writes } = decision
    if (isEmpty(writes)) {
      // What it read may have been written in this turn, and not be on disk yet.
      this.#group.settle(() => done(decision), failed)
      return
    }
    this.#group.run(
      () => {
        this.#write(serial, writes)
        // The next decision of this turn reads what this one wrote.
        this.#cache?.set(decision.state)
        for (const { id } of writes.changes)
          this.#nextChangeId = Math.max(this.#nextChangeId, id + 1)
      },
      () => done(decision),
      failed,
    )
  }

  load(serial: string): Promise<ThermostatState> {
    return this.#read(() => this.#state(serial))
  }

  bring({ users, thermostats, broker, nowMs }: Brought): Promise<void> {
    return this.#commit(() => {
      this.#cache?.clear()
      for (const { userId, createdAtMs, email } of users) {
        this.#owners.ensureUser(userId, createdAtMs, email)
      }
      for (const { serial, writes } of thermostats) this.#write(serial, writes)
      if (broker !== undefined) this.#integrations.set(MQTT, broker, nowMs)
    })
  }

  thermostats(): Promise<ThermostatSummary[]> {
    return this.#read(() => this.#devices.all())
  }

  ownedBy(userId: string): Promise<ThermostatSummary[]> {
    return this.#read(() => this.#devices.ofUser(userId))
  }

  unpaired(): Promise<string[]> {
    return this.#read(() => this.#devices.unpaired())
  }

  countUnpaired(): Promise<number> {
    return this.#read(() => this.#devices.countUnpaired())
  }

  keyByCode(code: string): Promise<EntryKey | undefined> {
    return this.#read(() => this.#entryKeys.get(code))
  }

  openKeys(steadyMs: number): Promise<EntryKey[]> {
    return this.#read(() => this.#entryKeys.allOpen(steadyMs))
  }

  serialsWithExpiredKey(steadyMs: number): Promise<string[]> {
    return this.#read(() => this.#entryKeys.expiredSerials(steadyMs))
  }

  serialsWithOverdueChange(steadyMs: number): Promise<string[]> {
    return this.#read(() => this.#changes.overdueSerials(steadyMs))
  }

  command(commandId: number): Promise<Change[]> {
    return this.#read(() => this.#changes.ofCommand(commandId))
  }

  recentCommands(serial: string | undefined, limit: number): Promise<CommandParts[]> {
    return this.#read(() => this.#changes.recentCommands(serial, limit))
  }

  latestChangeId(): Promise<number> {
    return this.#read(() => this.#changes.latestId())
  }

  users(): Promise<string[]> {
    return this.#read(() => this.#owners.users())
  }

  ensureUser(userId: string, wallMs: number, email: string | undefined): Promise<boolean> {
    return this.#commit(() => this.#owners.ensureUser(userId, wallMs, email))
  }

  tokens(): Promise<Token[]> {
    return this.#read(() => this.#tokens.all())
  }

  insertToken(token: Token): Promise<void> {
    return this.#commit(() => this.#tokens.insert(token))
  }

  deleteToken(id: string): Promise<boolean> {
    return this.#commit(() => this.#tokens.delete(id))
  }

  integration(name: string): Promise<JsonObject | undefined> {
    return this.#read(() => this.#integrations.get(name))
  }

  setIntegration(name: string, config: JsonObject | undefined, wallMs: number): Promise<boolean> {
    return this.#commit(() => {
      if (config === undefined) return this.#integrations.delete(name)
      const wasSet = this.#integrations.get(name) !== undefined
      this.#integrations.set(name, config, wallMs)
      return wasSet
    })
  }

  bucketSummaries(serial?: string): Promise<BucketSummary[]> {
    return this.#read(() => this.#buckets.summaries(serial))
  }

  recordSeen(seenAtMs: ReadonlyMap<string, number>): Promise<void> {
    return this.#commit(() => {
      this.#cache?.clear()
      for (const [serial, atMs] of seenAtMs) this.#devices.setSeen(serial, atMs)
    })
  }

  server(): Promise<ServerRecord | undefined> {
    return this.#read(() =>
      this.#db
        .prepare<[], ServerRecord>(
          `SELECT pid, device_url AS deviceUrl, control_url AS controlUrl,
             started_at_ms AS startedAtMs FROM server`,
        )
        .get(),
    )
  }

  setServer(record: ServerRecord | undefined): Promise<void> {
    return this.#commit(() => {
      this.#db.prepare('DELETE FROM server').run()
      if (record === undefined) return
      this.#db
        .prepare(
          'INSERT INTO server (id, pid, device_url, control_url, started_at_ms) VALUES (1, ?, ?, ?, ?)',
        )
        .run(record.pid, record.deviceUrl, record.controlUrl, Math.floor(record.startedAtMs))
    })
  }

  keepTime({ wallMs, steadyMs }: Now): Promise<number | undefined> {
    return this.#commit(() => {
      const byMs = wallMs - steadyMs - this.#wallClock.aheadMs()
      if (Math.abs(byMs) < CLOCK_SET_MS) return undefined
      this.#wallClock.setAhead(wallMs - steadyMs)
      return byMs
    })
  }

  clampExpiry({ keySteadyMs, changeSteadyMs }: Parameters<Store['clampExpiry']>[0]): Promise<void> {
    return this.#commit(() => {
      this.#cache?.clear()
      this.#entryKeys.clampExpiry(keySteadyMs)
      for (const [kind, atMs] of changeSteadyMs) this.#changes.clampExpiry(kind, atMs)
    })
  }

  prune(limits: PruneLimits): Promise<string[]> {
    return this.#commit(() => {
      this.#cache?.clear()
      this.#entryKeys.prune(limits.keysExpiredBeforeSteadyMs)
      this.#changes.prune(limits.changesEndedBeforeMs, limits.keepChanges)
      return this.#devices.forgetSilent(limits.silentSinceMs, limits.nowSteadyMs)
    })
  }

  troubleOf(error: unknown): Trouble | undefined {
    return troubleOf(error)
  }

  prove(): Promise<void> {
    return this.#commit(() => {
      // Writes a page that stays as it is.
      this.#db.pragma(`user_version = ${MIGRATIONS.length}`)
    })
  }

  diskRefusal(): TroubleKind | undefined {
    return this.#db.memory ? undefined : diskRefusal(this.#db.name)
  }

  close(): void {
    this.#writer?.flush()
    this.#db.close()
  }

  #state(serial: string): ThermostatState {
    const cached = this.#cache?.get(serial)
    if (cached !== undefined) return cached
    const known = this.#devices.get(serial)
    const state =
      known === undefined
        ? emptyState(serial)
        : {
            serial,
            device: known.device,
            owner: known.owner,
            pin: this.#pins?.get(serial),
            entryKeys: this.#entryKeys.ofDevice(serial),
            buckets: this.#buckets.ofDevice(serial),
            changes: this.#changes.tracked(serial),
          }
    // A serial that is not on file is not remembered: anybody can make one up.
    if (known !== undefined) this.#cache?.set(state)
    return state
  }

  #write(serial: string, writes: Writes): void {
    const { device, owner, pin } = writes
    if (device === null) {
      // Its open changes are told of as ended, and go with it.
      this.#devices.delete(serial)
      return
    }
    if (device !== undefined) this.#devices.put(serial, device)
    if (owner === null) this.#owners.delete(serial)
    else if (owner !== undefined) this.#owners.put(serial, owner)
    if (pin === null) this.#pins?.delete(serial)
    else if (pin !== undefined) this.#pins?.put(serial, pin)
    for (const code of writes.deletedKeys) this.#entryKeys.delete(code)
    for (const key of writes.entryKeys) this.#entryKeys.put(key)
    for (const objectKey of writes.deletedBuckets) this.#buckets.delete(serial, objectKey)
    for (const write of writes.buckets) this.#buckets.put(serial, write)
    for (const change of writes.changes) this.#changes.put(change)
  }

  #read<T>(query: () => T): Promise<T> {
    try {
      return Promise.resolve(query())
    } catch (error) {
      return Promise.reject(storeFailure(error))
    }
  }

  #commit<T>(work: () => T): Promise<T> {
    return this.#group.commit(work)
  }

  get #group(): GroupCommit {
    if (this.#writer === undefined) throw new Error('the store was opened for reading only')
    return this.#writer
  }

  get #tokens(): TokensTable {
    this.#lateTables.tokens ??= new TokensTable(this.#db)
    return this.#lateTables.tokens
  }

  /** Undefined where the database is read only: no reader needs them, and an older one has none. */
  get #pins(): DevicePinsTable | undefined {
    if (this.#writer === undefined) return undefined
    this.#lateTables.pins ??= new DevicePinsTable(this.#db)
    return this.#lateTables.pins
  }

  get #wallClock(): WallClockTable {
    this.#lateTables.wallClock ??= new WallClockTable(this.#db)
    return this.#lateTables.wallClock
  }
}

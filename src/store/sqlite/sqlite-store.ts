import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { CommandParts } from '../../protocol/delivery/change-report.ts'
import type { Now } from '../../protocol/now.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import { type Decision, isEmpty, type Writes } from '../../protocol/thermostat/decision.ts'
import {
  emptyState,
  type StoredBucket,
  type ThermostatState,
} from '../../protocol/thermostat/state.ts'
import {
  MAX_SHOWN_LENGTH,
  MAX_WHERES,
  shownCost,
  shownState,
} from '../../protocol/view/shown-state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import {
  type BucketSummary,
  type ImportedData,
  MQTT,
  type PruneLimits,
  type ServerRecord,
  type Store,
  type ThermostatSummary,
  type Token,
} from '../store.ts'
import { type OpenOptions, openDatabase } from './database.ts'
import { diskRefusal } from './disk.ts'
import { GroupCommit } from './group-commit.ts'
import { MIGRATIONS } from './migrations.ts'
import { storedJson, storeFailure, troubleOf } from './sqlite-errors.ts'
import { StateCache } from './state-cache.ts'
import { prepareLaterStatements, prepareStatements } from './statements.ts'
import {
  type BucketRow,
  type ChangeRow,
  fromChange,
  fromDevice,
  toBucket,
  toChange,
  toSummary,
} from './stored-rows.ts'

/** Twenty thermostats with the 10 kB of buckets that real ones have need a quarter of it. */
const STATES_COST = 1_000_000
/** Room for what is shown of 300 real thermostats, or of twice as many that were made up. */
const SHOWN_COST = 4_000_000
/** No character takes more bytes in UTF-8. */
const BYTES_PER_CHAR = 3

/** A smaller difference is no setting of the wall clock. */
const CLOCK_SET_MS = 10_000

/**
 * The engine for a household: one file, which one process writes. A decision is loaded, made and written
 * in one turn of the event loop, and all writes of a turn share one commit (`GroupCommit`).
 */
export class SqliteStore implements Store {
  readonly #db: Database
  readonly #sql: ReturnType<typeof prepareStatements>
  readonly #writer: GroupCommit | undefined
  /** Undefined beside a server, which may write the same states. */
  readonly #cache: StateCache<ThermostatState> | undefined
  readonly #shown: StateCache<ViewedState> | undefined
  #laterSql: ReturnType<typeof prepareLaterStatements> | undefined
  #nextChangeId: number
  readonly troubleOf = troubleOf

  /**
   * Opens the database; see `openDatabase` for what it throws.
   *
   * @param atTurnEnd - see `GroupCommit`
   */
  constructor(
    path: string,
    options: OpenOptions,
    atTurnEnd: (flush: () => void) => void = setImmediate,
  ) {
    this.#db = openDatabase(path, options)
    this.#sql = prepareStatements(this.#db)
    this.#nextChangeId = (this.#sql.latestChangeId.get() ?? 0) + 1
    const { readonly = false, besideServer = false } = options
    this.#writer = readonly ? undefined : new GroupCommit(this.#db, atTurnEnd, () => this.#forget())
    if (readonly || besideServer) return
    this.#cache = new StateCache(STATES_COST, lengthOfBuckets)
    this.#shown = new StateCache(SHOWN_COST, shownCost)
    this.convertSteadyTimes()
  }

  /**
   * Converts the steady times of an earlier process to the steady clock of this one, which starts equal to
   * the wall clock: a key with an hour left keeps it, although the clock was set from 1970 to now.
   */
  convertSteadyTimes(): void {
    const ms = this.#later.wallClockAhead.get() ?? 0
    this.#forget()
    if (ms === 0) return
    this.#db
      .transaction(() => {
        this.#sql.shiftKeys.run(ms)
        this.#sql.shiftChanges.run({ ms })
        this.#later.setWallClockAhead.run(0)
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
      // It may have read writes of this turn that are not on disk yet.
      this.#group.afterWrites(() => done(decision), failed)
      return
    }
    this.#group.run(
      () => {
        this.#write(serial, writes)
        // The next decision of this turn reads what this one wrote.
        this.#cache?.set(decision.state)
        this.#shown?.delete(serial)
        this.#nextChangeId = Math.max(this.#nextChangeId, ...writes.changes.map(({ id }) => id + 1))
      },
      () => done(decision),
      failed,
    )
  }

  load(serial: string): Promise<ThermostatState> {
    return this.#read(() => this.#state(serial))
  }

  shown(serial: string): Promise<ViewedState> {
    return this.#read(() => {
      const known = this.#shown?.get(serial)
      if (known !== undefined) return known
      const shown = shownState(this.#cache?.get(serial) ?? this.#viewed(serial))
      if (shown.device !== undefined) this.#shown?.set(shown)
      return shown
    })
  }

  importData({ users, thermostats, broker, nowMs }: ImportedData): Promise<void> {
    return this.#group.commit(() => {
      this.#forget()
      for (const user of users) this.#ensureUser(user.userId, user.createdAtMs, user.email)
      for (const { serial, writes } of thermostats) this.#write(serial, writes)
      if (broker !== undefined) this.#later.putIntegration.run(MQTT, JSON.stringify(broker), nowMs)
    })
  }

  thermostats(): Promise<ThermostatSummary[]> {
    return this.#read(() => this.#sql.devices.all().map(toSummary))
  }

  serials(after = ''): Promise<string[]> {
    return this.#read(() => this.#sql.serialsAfter.all(after))
  }

  ownedBy(userId: string): Promise<ThermostatSummary[]> {
    return this.#read(() => this.#sql.devicesOfUser.all(userId).map(toSummary))
  }

  unpaired(): Promise<string[]> {
    return this.#read(() => this.#sql.unpaired.all())
  }

  countUnpaired(): Promise<number> {
    return this.#read(() => this.#sql.countUnpaired.get() ?? 0)
  }

  keyByCode(code: string): Promise<EntryKey | undefined> {
    return this.#read(() => this.#sql.key.get(code))
  }

  openKeys(steadyMs: number): Promise<EntryKey[]> {
    return this.#read(() => this.#sql.openKeys.all(steadyMs))
  }

  serialsWithExpiredKey(steadyMs: number): Promise<string[]> {
    return this.#read(() => this.#sql.serialsWithExpiredKey.all({ steadyMs }))
  }

  serialsWithOverdueChange(steadyMs: number): Promise<string[]> {
    return this.#read(() => this.#sql.serialsWithOverdueChange.all(steadyMs))
  }

  command(commandId: number): Promise<Change[]> {
    return this.#read(() => this.#rowsOfCommand(commandId).map(toChange))
  }

  recentCommands(
    serial: string | undefined,
    limit: number,
    maxLength = Number.POSITIVE_INFINITY,
  ): Promise<CommandParts[]> {
    return this.#read(() => {
      const commands: CommandParts[] = []
      let length = 0
      for (const id of this.#sql.recentCommands.all({ serial: serial ?? null, limit })) {
        const [first, ...others] = this.#rowsOfCommand(id)
        if (first === undefined) continue
        for (const { fields } of [first, ...others]) length += fields.length
        if (length > maxLength && commands.length > 0) break
        commands.push([toChange(first), ...others.map(toChange)])
      }
      return commands
    })
  }

  #rowsOfCommand(commandId: number): ChangeRow[] {
    return this.#sql.changesOfCommand.all(commandId).sort(byId)
  }

  latestChangeId(): Promise<number> {
    return this.#read(() => this.#sql.latestChangeId.get() ?? 0)
  }

  users(): Promise<string[]> {
    return this.#read(() => this.#sql.users.all())
  }

  ensureUser(userId: string, wallMs: number, email: string | undefined): Promise<boolean> {
    return this.#group.commit(() => this.#ensureUser(userId, wallMs, email))
  }

  tokens(): Promise<Token[]> {
    return this.#read(() => this.#later.tokens.all())
  }

  insertToken(token: Token): Promise<void> {
    return this.#group.commit(() => void this.#later.insertToken.run({ ...token }))
  }

  deleteToken(id: string): Promise<boolean> {
    return this.#group.commit(() => this.#later.deleteToken.run(id).changes > 0)
  }

  integration(name: string): Promise<JsonObject | undefined> {
    return this.#read(() => {
      const text = this.#later.integration.get(name)
      return text === undefined ? undefined : storedJson<JsonObject>(text)
    })
  }

  setIntegration(name: string, config: JsonObject | undefined, wallMs: number): Promise<boolean> {
    return this.#group.commit(() => {
      const wasSet = this.#later.integration.get(name) !== undefined
      if (config === undefined) this.#later.deleteIntegration.run(name)
      else this.#later.putIntegration.run(name, JSON.stringify(config), Math.floor(wallMs))
      return wasSet
    })
  }

  bucketSummaries(serial?: string): Promise<BucketSummary[]> {
    return this.#read(() => this.#sql.bucketSummaries.all({ serial: serial ?? null }))
  }

  recordSeen(seenAtMs: ReadonlyMap<string, number>): Promise<void> {
    return this.#group.commit(() => {
      this.#forget()
      for (const [serial, atMs] of seenAtMs) this.#sql.setSeen.run(Math.floor(atMs), serial)
    })
  }

  server(): Promise<ServerRecord | undefined> {
    return this.#read(() => this.#sql.server.get())
  }

  setServer(record: ServerRecord | undefined): Promise<void> {
    return this.#group.commit(() => {
      this.#sql.deleteServer.run()
      if (record === undefined) return
      this.#sql.insertServer.run({ ...record, startedAtMs: Math.floor(record.startedAtMs) })
    })
  }

  keepTime({ wallMs, steadyMs }: Now): Promise<number | undefined> {
    return this.#group.commit(() => {
      const byMs = wallMs - steadyMs - (this.#later.wallClockAhead.get() ?? 0)
      if (Math.abs(byMs) < CLOCK_SET_MS) return undefined
      this.#later.setWallClockAhead.run(Math.round(wallMs - steadyMs))
      return byMs
    })
  }

  clampExpiry({ keySteadyMs, changeSteadyMs }: Parameters<Store['clampExpiry']>[0]): Promise<void> {
    return this.#group.commit(() => {
      this.#forget()
      this.#sql.clampKeys.run({ latest: Math.floor(keySteadyMs) })
      for (const [kind, latestMs] of changeSteadyMs) {
        this.#sql.clampChanges.run({ kind, latest: Math.floor(latestMs) })
      }
    })
  }

  prune(limits: PruneLimits): Promise<string[]> {
    return this.#group.commit(() => {
      this.#forget()
      this.#sql.pruneKeys.run(limits.keysExpiredBeforeSteadyMs)
      this.#sql.pruneChanges.run({
        ...limits.keepChanges,
        endedBeforeMs: limits.changesEndedBeforeMs,
      })
      return this.#sql.forgetSilent.all(limits.silentSinceMs, limits.nowSteadyMs)
    })
  }

  prove(): Promise<void> {
    return this.#group.commit(() => {
      // Writes a page with the value that it has.
      this.#db.pragma(`user_version = ${MIGRATIONS.length}`)
    })
  }

  diskRefusal(): ReturnType<typeof diskRefusal> {
    return this.#db.memory ? undefined : diskRefusal(this.#db.name)
  }

  close(): void {
    this.#writer?.flush()
    this.#db.close()
  }

  #state(serial: string): ThermostatState {
    const cached = this.#cache?.get(serial)
    if (cached !== undefined) return cached
    const row = this.#sql.device.get(serial)
    // A serial that is not on file is not cached, because any client can make one up.
    if (row === undefined) return emptyState(serial)
    const state: ThermostatState = {
      ...toSummary(row),
      // Readers do not need it, and an older database has no such table.
      pin: this.#writer === undefined ? undefined : this.#later.pin.get(serial),
      entryKeys: this.#sql.keysOfDevice.all(serial),
      buckets: bucketsOf(this.#sql.buckets.all(serial)),
      changes: this.#changes(serial),
    }
    this.#cache?.set(state)
    return state
  }

  /** What `shownState` reads of a thermostat, and as little else as possible. */
  #viewed(serial: string): ViewedState {
    const row = this.#sql.device.get(serial)
    if (row === undefined) return emptyState(serial)
    const summary = toSummary(row)
    const most = MAX_SHOWN_LENGTH * BYTES_PER_CHAR
    const structure = summary.device.structureKey ?? this.#sql.firstStructure.get(serial) ?? ''
    const own = this.#sql.shownBuckets.all({
      serial,
      device: `device.${serial}`,
      shared: `shared.${serial}`,
      structure,
      schedule: `schedule.${serial}`,
      mostOwn: summary.owner === undefined ? most : Number.MAX_SAFE_INTEGER,
      most,
    })
    // Without a device bucket it is in no room.
    const isSomewhere = own.some(({ objectKey }) => objectKey === `device.${serial}`)
    const wheres = isSomewhere ? this.#sql.shownWheres.all({ serial, most, limit: MAX_WHERES }) : []
    return {
      ...summary,
      buckets: bucketsOf([...own, ...wheres]),
      changes: this.#changes(serial),
    }
  }

  /** The changes that are not settled. */
  #changes(serial: string): Change[] {
    return this.#sql.changes.all(serial).sort(byId).map(toChange)
  }

  #forget(): void {
    this.#cache?.clear()
    this.#shown?.clear()
  }

  #write(serial: string, writes: Writes): void {
    const { device, owner, pin } = writes
    if (device === null) {
      // All of its rows are deleted with it, and the changes that end with this decision need no write.
      this.#sql.deleteDevice.run(serial)
      return
    }
    if (device !== undefined) this.#later.putDevice.run(fromDevice(serial, device))
    if (owner === null) this.#sql.deleteOwner.run(serial)
    else if (owner !== undefined) {
      this.#ensureUser(owner.userId, owner.createdAtMs, undefined)
      this.#sql.putOwner.run(serial, owner.userId, Math.floor(owner.createdAtMs))
    }
    if (pin === null) this.#later.deletePin.run(serial)
    else if (pin !== undefined) {
      this.#later.putPin.run(serial, pin.salt, pin.hash, Math.floor(pin.pinnedAtMs))
    }
    for (const code of writes.deletedKeys) this.#sql.deleteKey.run(code)
    for (const key of writes.entryKeys) this.#putKey(key)
    for (const objectKey of writes.deletedBuckets) this.#sql.deleteBucket.run(serial, objectKey)
    for (const { bucket, text } of writes.buckets) {
      const { objectKey, revision, timestamp } = bucket
      this.#sql.putBucket.run(serial, objectKey, revision, timestamp, text)
    }
    for (const change of writes.changes) this.#sql.putChange.run(fromChange(change))
  }

  #putKey(key: EntryKey): void {
    const { changes } = this.#sql.putKey.run({
      ...key,
      createdAtMs: Math.floor(key.createdAtMs),
      expiresAtSteadyMs: Math.floor(key.expiresAtSteadyMs),
    })
    if (changes !== 1) throw new NleError('store', 'The code was given to another thermostat.')
  }

  #ensureUser(userId: string, wallMs: number, email: string | undefined): boolean {
    const isNew = this.#sql.insertUser.run(userId, email ?? null, Math.floor(wallMs)).changes > 0
    if (!isNew && email !== undefined) this.#sql.setEmail.run(email, userId)
    return isNew
  }

  async #read<T>(query: () => T): Promise<T> {
    try {
      return query()
    } catch (error) {
      throw storeFailure(error)
    }
  }

  get #group(): GroupCommit {
    if (this.#writer === undefined) throw new Error('the store was opened for reading only')
    return this.#writer
  }

  get #later(): ReturnType<typeof prepareLaterStatements> {
    this.#laterSql ??= prepareLaterStatements(this.#db)
    return this.#laterSql
  }
}

function bucketsOf(rows: BucketRow[]): Map<string, StoredBucket> {
  rows.sort((a, b) => (a.objectKey < b.objectKey ? -1 : 1))
  return new Map(rows.map((row) => [row.objectKey, toBucket(row)]))
}

function lengthOfBuckets({ buckets }: ThermostatState): number {
  return [...buckets.values()].reduce((sum, { length }) => sum + length, 0)
}

function byId(a: { id: number }, b: { id: number }): number {
  return a.id - b.id
}

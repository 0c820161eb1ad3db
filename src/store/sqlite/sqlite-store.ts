import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { NleError } from '../../errors.ts'
import { believable, type JsonObject } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { CommandParts } from '../../protocol/delivery/change-report.ts'
import { lengthOf } from '../../protocol/delivery/change-room.ts'
import type { KeptChanges } from '../../protocol/matter/messages.ts'
import {
  type Boot,
  CLOCK_SET_MS,
  type ClockRecord,
  conversion,
  type Now,
} from '../../protocol/now.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import { SETPOINT_LIFETIME_MS } from '../../protocol/setpoint.ts'
import { type Decision, isEmpty, rowsIn, type Writes } from '../../protocol/thermostat/decision.ts'
import {
  emptyState,
  type StoredBucket,
  type ThermostatState,
} from '../../protocol/thermostat/state.ts'
import type { UnknownBucket } from '../../protocol/transport/unknown-buckets.ts'
import {
  MAX_SHOWN_LENGTH,
  MAX_WHERES,
  shownCost,
  shownState,
} from '../../protocol/view/shown-state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import { type BucketRow, storedBucket } from '../bucket-row.ts'
import type { LastSeen } from '../shared-store.ts'
import { StateCache } from '../state-cache.ts'
import {
  type Account,
  type BrowserSession,
  type BucketSummary,
  type ImportedData,
  MAX_USERS,
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
import { prepareLaterStatements, prepareStatements } from './statements.ts'
import {
  type ChangeRow,
  fromChange,
  fromDevice,
  fromKey,
  toChange,
  toKey,
  toSummary,
} from './stored-rows.ts'

/** Twenty thermostats with the 10 kB of buckets that real ones have need a quarter of it. */
const STATES_COST = 1_000_000
/** Room for what is shown of 1,200 real thermostats; of those that anybody makes up only a few hundred are on file. */
const SHOWN_COST = 16_000_000
/** No character takes more bytes in UTF-8. */
const BYTES_PER_CHAR = 3

/** A smaller conversion of steady times is a rounding error. */
const ROUNDING_MS = 1_000
/** After a reboot of unknown length, the code on a screen is good for this long. */
const REBOOT_KEY_MS = 10 * 60_000

const NO_RECORD: ClockRecord = { aheadMs: 0, bootId: null, bootAtSteadyMs: null }

/**
 * The engine for a household: one file, which one process writes. A decision is loaded, made and written
 * in one turn of the event loop, and all writes of a turn share one commit (`GroupCommit`).
 */
export class SqliteStore implements Store {
  readonly #options: OpenOptions
  readonly #atTurnEnd: (flush: () => void) => void
  #db: Database
  #sql: ReturnType<typeof prepareStatements>
  #writer: GroupCommit | undefined
  /** Undefined beside a server, which may write the same states. */
  readonly #cache: StateCache<ThermostatState> | undefined
  readonly #shown: StateCache<ViewedState> | undefined
  #laterSql: ReturnType<typeof prepareLaterStatements> | undefined
  #nextChangeId = 1
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
    const { readonly = false, besideServer = false } = options
    this.#options = options
    this.#atTurnEnd = atTurnEnd
    this.#db = openDatabase(path, options)
    this.#sql = prepareStatements(this.#db)
    this.#takeNextChangeId()
    this.#writer = readonly ? undefined : this.#groupCommit()
    if (!readonly && !besideServer) {
      this.#cache = new StateCache(STATES_COST, lengthOfState)
      this.#shown = new StateCache(SHOWN_COST, shownCost)
      this.convertSteadyTimes(options.nowMs, options.boot)
    }
    this.#stopBlocking()
  }

  /** Ids are never used again, whether their changes are on file or not. */
  #takeNextChangeId(): void {
    this.#nextChangeId = Math.max(this.#nextChangeId, (this.#sql.latestChangeId.get() ?? 0) + 1)
  }

  #groupCommit(): GroupCommit {
    return new GroupCommit(this.#db, this.#atTurnEnd, () => this.#forget())
  }

  #stopBlocking(): void {
    if (this.#options.neverBlocks === true) this.#db.pragma('busy_timeout = 0')
  }

  /**
   * Converts the steady times of an earlier process to the steady clock of this one: a key with an hour left
   * keeps it, although the clock was set from 1970 to now. After a reboot, where the wall clock alone tells
   * how long it took, the harmless error is made: a code stays good, and an old setpoint is not sent.
   */
  convertSteadyTimes(steadyMs: number, boot?: Boot): void {
    this.#forget()
    const before = this.#later.clockRecord.get()
    const { byMs, isReboot } = conversion(before, steadyMs, boot)
    const ms = Math.abs(byMs) < ROUNDING_MS ? 0 : Math.round(byMs)
    const isSameBoot = (before?.bootId ?? null) === (boot?.id ?? null)
    if (ms === 0 && isSameBoot && (before?.aheadMs ?? 0) === 0) return
    this.#db
      .transaction(() => {
        this.#sql.shiftKeys.run(ms)
        this.#sql.shiftChanges.run({ ms })
        if (isReboot) this.#judgeReboot(steadyMs)
        this.#later.putClockRecord.run({
          aheadMs: 0,
          bootId: boot?.id ?? null,
          bootAtSteadyMs: boot === undefined ? null : Math.round(steadyMs - boot.elapsedMs),
        })
      })
      .immediate()
  }

  #judgeReboot(steadyMs: number): void {
    this.#sql.extendNewestKeys.run({ least: Math.floor(steadyMs) + REBOOT_KEY_MS })
    // More than its lifetime is left: the clock is behind that of the last boot.
    const latest = Math.floor(steadyMs) + SETPOINT_LIFETIME_MS
    this.#sql.expireUndated.run({ kind: 'setpoint', steadyMs: Math.floor(steadyMs), latest })
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
      // As nearly every put.
      writes.buckets.length === 1 && rowsIn(writes) === 1,
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

  importData(data: ImportedData): Promise<void> {
    const { users, thermostats, broker, latestChangeId, nowMs } = data
    return this.#group.commit(() => {
      this.#forget()
      for (const user of users) this.#ensureUser(user.userId, user.createdAtMs, user.email)
      for (const { serial, writes } of thermostats) this.#write(serial, writes)
      if (broker !== undefined) this.#later.putIntegration.run(MQTT, JSON.stringify(broker), nowMs)
      this.#later.putLatestChangeId.run({ id: latestChangeId })
      this.#takeNextChangeId()
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

  countPaired(): Promise<number> {
    return this.#read(() => this.#sql.countPaired.get() ?? 0)
  }

  keyByCode(code: string): Promise<EntryKey | undefined> {
    return this.#read(() => {
      const row = this.#sql.key.get(code)
      return row === undefined ? undefined : toKey(row)
    })
  }

  openKeys(steadyMs: number): Promise<EntryKey[]> {
    return this.#read(() => this.#sql.openKeys.all(steadyMs).map(toKey))
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

  accounts(): Promise<Account[]> {
    return this.#read(() =>
      this.#sql.accounts.all().map(({ email, ...row }) => ({ ...row, email: email ?? undefined })),
    )
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

  session(hash: string): Promise<BrowserSession | undefined> {
    return this.#read(() => this.#later.session.get(hash))
  }

  putSession(session: BrowserSession, most: number, wallMs: number): Promise<void> {
    return this.#group.commit(() => {
      this.#later.deleteEndedSessions.run(wallMs)
      this.#later.putSession.run(session)
      this.#later.deleteFirstEndingSessions.run({ tokenId: session.tokenId, most })
    })
  }

  deleteSession(hash: string): Promise<void> {
    return this.#group.commit(() => void this.#later.deleteSession.run(hash))
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

  matterValues(): Promise<Readonly<Record<string, string>>> {
    return this.#read(() => {
      const rows = this.#later.matterValues.all()
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
    })
  }

  setMatterValues(changes: KeptChanges): Promise<void> {
    return this.#group.commit(() => {
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) this.#later.deleteMatterValue.run(name)
        else this.#later.putMatterValue.run(name, value)
      }
    })
  }

  bucketSummaries(serial?: string): Promise<BucketSummary[]> {
    return this.#read(() =>
      this.#sql.bucketSummaries
        .all({ serial: serial ?? null })
        .map((summary) => ({ ...summary, ...believable(summary) })),
    )
  }

  unknownBuckets(): Promise<UnknownBucket[]> {
    return this.#read(() =>
      this.#sql.unknownBuckets.all().map((row) => ({ ...row, isPaired: row.isPaired !== 0 })),
    )
  }

  recordSeen(seen: ReadonlyMap<string, LastSeen>): Promise<void> {
    return this.#group.commit(() => {
      this.#forget()
      for (const [serial, { atMs }] of seen) this.#sql.setSeen.run(Math.floor(atMs), serial)
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
      const record = this.#later.clockRecord.get() ?? NO_RECORD
      const byMs = wallMs - steadyMs - record.aheadMs
      if (Math.abs(byMs) < CLOCK_SET_MS) return undefined
      this.#later.putClockRecord.run({ ...record, aheadMs: Math.round(wallMs - steadyMs) })
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
      const { least, most, mostBytes } = limits.keepChanges
      this.#sql.pruneChanges.run({ least, most, endedBeforeMs: limits.changesEndedBeforeMs })
      this.#sql.pruneLargeChanges.run(mostBytes)
      return this.#sql.forgetSilent.all(limits.silentSinceMs, limits.nowSteadyMs)
    })
  }

  prove(): Promise<void> {
    return this.#group.commit(() => {
      // Writes a page with the value that it has.
      this.#db.pragma(`user_version = ${MIGRATIONS.length}`)
    })
  }

  async reopen(): Promise<void> {
    const path = this.#db.name
    // Where the disk is not mounted again, no new database is to be made in its place.
    if (!existsSync(path)) throw Object.assign(new Error(path), { code: 'SQLITE_CANTOPEN' })
    this.#options.lockAgain?.()
    const before = this.#db
    const fresh = openDatabase(path, this.#options)
    this.#writer?.flush()
    this.#db = fresh
    this.#sql = prepareStatements(fresh)
    this.#laterSql = undefined
    this.#writer = this.#groupCommit()
    this.#forget()
    this.#takeNextChangeId()
    this.#stopBlocking()
    try {
      before.close()
    } catch {
      // Its disk is gone.
    }
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
      ...this.#pairingOf(serial),
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
      ...this.#pairingOf(serial),
      buckets: bucketsOf([...own, ...wheres]),
      changes: this.#changes(serial),
    }
  }

  #pairingOf(serial: string): Pick<ThermostatState, 'password' | 'entryKeys'> {
    return {
      password: this.#sql.password?.get(serial),
      entryKeys: this.#sql.keysOfDevice.all(serial).map(toKey),
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
    const { device, owner, password } = writes
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
    if (password === null) this.#later.deletePassword.run(serial)
    else if (password !== undefined) {
      const { salt, hash, sinceMs, otherSeenAtMs } = password
      this.#later.putPassword.run(serial, salt, hash, sinceMs, otherSeenAtMs)
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
    const { changes } = this.#later.putKey.run(fromKey(key))
    if (changes !== 1) throw new NleError('store', 'The code was given to another thermostat.')
  }

  #ensureUser(userId: string, wallMs: number, email: string | undefined): boolean {
    const isNew = this.#sql.insertUser.run(userId, email ?? null, Math.floor(wallMs)).changes > 0
    if (isNew) this.#sql.forgetUsers.run({ keep: userId, most: MAX_USERS })
    else if (email !== undefined) this.#sql.setEmail.run(email, userId)
    return isNew
  }

  /** Not an async function, which costs more than a read of what is in memory. */
  #read<T>(query: () => T): Promise<T> {
    try {
      return Promise.resolve(query())
    } catch (error) {
      return Promise.reject(storeFailure(error))
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
  return new Map(rows.map((row) => [row.objectKey, storedBucket(row, storedJson<JsonObject>)]))
}

function lengthOfState({ buckets, changes }: ThermostatState): number {
  let length = 0
  for (const bucket of buckets.values()) length += bucket.length
  for (const change of changes) length += lengthOf(change)
  return length
}

function byId(a: { id: number }, b: { id: number }): number {
  return a.id - b.id
}

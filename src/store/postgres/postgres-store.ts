import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { KeptChanges } from '../../protocol/matter/messages.ts'
import type { Decision, Writes } from '../../protocol/thermostat/decision.ts'
import type { ThermostatState } from '../../protocol/thermostat/state.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { LastSeen } from '../shared-store.ts'
import {
  type BrowserSession,
  type ImportedData,
  MQTT,
  type PruneLimits,
  type ServerRecord,
  type Store,
  type Token,
} from '../store.ts'
import { Batches } from './batches.ts'
import type { PendingDecision } from './chain.ts'
import { Decisions } from './decisions.ts'
import { type EngineTime, SYSTEM_TIME } from './engine-time.ts'
import { DatabaseFault, explained, postgresTrouble, told } from './faults.ts'
import { putIntegration } from './integrations.ts'
import { Lists } from './lists.ts'
import { NetWrites } from './net-writes.ts'
import { Connections, type Query } from './pools.ts'
import { PostgresShared } from './postgres-shared.ts'
import { prepareSchema } from './prepare-schema.ts'
import { LOAD, States } from './states.ts'
import { clampExpiry, prune, recordSeen } from './upkeep.ts'
import { addUsers } from './users.ts'
import { writeRows } from './write-rows.ts'

/** How often other work is done again when another transaction was in its way. */
const MAX_REPEATS = 5

/** Thermostats that an import writes in one statement. */
const IMPORT_AT_ONCE = 200

type Work<T> = (query: Query) => Promise<{ result: T; changed?: ReadonlyMap<string, number> }>

/**
 * The engine for many thermostats and several processes: a PostgreSQL that all of them write. A decision is made on
 * the version on file and written only if that is still the version; see `Decisions`.
 */
export class PostgresStore implements Store {
  readonly #connections: Connections
  readonly #states: States
  readonly #lists: Lists
  readonly #batches: Batches
  readonly #decisions: Decisions
  readonly #processId: string
  readonly shared: PostgresShared
  #isClosed = false
  readonly troubleOf = postgresTrouble

  private constructor(connections: Connections, time: EngineTime) {
    this.#connections = connections
    this.#processId = randomBytes(8).toString('hex')
    this.#states = new States((serials, known) => connections.read(LOAD, [serials, known]), time)
    this.#lists = new Lists(connections)
    this.shared = new PostgresShared(connections, this.#states, this.#processId, time)
    this.#batches = new Batches(connections, this.#processId, time)
    const takeIds = (count: number): Promise<number> => this.#takeIds(count)
    this.#decisions = new Decisions(this.#states, this.#batches, takeIds, time)
  }

  /**
   * Connects, and brings the schema up to date.
   *
   * @throws NleError `store` when the database cannot be used, `unfit` when it belongs to a newer nle
   */
  static async open(url: string, time: EngineTime = SYSTEM_TIME): Promise<PostgresStore> {
    const connections = new Connections(url, time)
    try {
      await prepareSchema(connections)
      return new PostgresStore(connections, time)
    } catch (error) {
      await connections.close()
      throw explained(error)
    }
  }

  decide<D extends Decision<unknown>>(
    serial: string,
    decide: (state: ThermostatState, nextChangeId: number) => D,
    done: (decision: D) => void,
    failed: (error: unknown) => void,
  ): void {
    // What is given to `done` is what `decide` has returned.
    this.#decisions.add({ serial, decide, done: done as PendingDecision['done'], failed })
  }

  load(serial: string): Promise<ThermostatState> {
    return told(this.#states.load(serial).then(({ state }) => state))
  }

  shown(serial: string): Promise<ViewedState> {
    return told(this.#states.shown(serial))
  }

  async importData(data: ImportedData): Promise<void> {
    const { users, thermostats, broker, latestChangeId, nowMs } = data
    const loaded = await told(
      Promise.all(
        thermostats.map(async ({ serial, writes }) => {
          const { version, state } = await this.#states.load(serial)
          const net = new NetWrites(serial, version, state)
          net.add(writes, afterWrites(state, writes))
          return net
        }),
      ),
    )
    await this.#write(async (query) => {
      await addUsers(query, users)
      const changed = new Map<string, number>()
      for (let at = 0; at < loaded.length; at += IMPORT_AT_ONCE) {
        const versions = await writeRows(query, loaded.slice(at, at + IMPORT_AT_ONCE))
        for (const [serial, version] of versions) changed.set(serial, version)
      }
      if (broker !== undefined) await putIntegration(query, MQTT, broker, nowMs)
      await query(
        `UPDATE counters SET value = greatest(value, $1, (SELECT max(id) FROM changes))
         WHERE name = 'changes'`,
        [latestChangeId],
      )
      // Their history may be copied next.
      await query('UPDATE thermostats SET met_at_ms = NULL WHERE serial = ANY ($1::text[])', [
        thermostats.map(({ serial }) => serial),
      ])
      return { result: undefined, changed }
    })
    for (const { serial } of loaded) this.#states.forget(serial)
  }

  readonly thermostats = () => told(this.#lists.thermostats())
  readonly serials = (after = '') => told(this.#lists.serials(after))
  readonly ownedBy = (userId: string) => told(this.#lists.ownedBy(userId))
  readonly unpaired = () => told(this.#lists.unpaired())
  readonly countUnpaired = () => told(this.#lists.countUnpaired())
  readonly countPaired = () => told(this.#lists.countPaired())
  readonly keyByCode = (code: string) => told(this.#lists.keyByCode(code))
  readonly openKeys = (steadyMs: number) => told(this.#lists.openKeys(steadyMs))
  readonly serialsWithExpiredKey = (steadyMs: number) =>
    told(this.#lists.serialsWithExpiredKey(steadyMs))
  readonly serialsWithOverdueChange = (steadyMs: number) =>
    told(this.#lists.serialsWithOverdueChange(steadyMs))
  readonly command = (commandId: number) => told(this.#lists.command(commandId))
  readonly recentCommands = (
    serial: string | undefined,
    limit: number,
    maxLength = Number.POSITIVE_INFINITY,
  ) => told(this.#lists.recentCommands(serial, limit, maxLength))
  readonly latestChangeId = () => told(this.#lists.latestChangeId())
  readonly users = () => told(this.#lists.users())
  readonly accounts = () => told(this.#lists.accounts())
  readonly tokens = () => told(this.#lists.tokens())
  readonly session = (hash: string) => told(this.#lists.session(hash))
  readonly bucketSummaries = (serial?: string) => told(this.#lists.bucketSummaries(serial))
  readonly unknownBuckets = () => told(this.#lists.unknownBuckets())

  ensureUser(userId: string, wallMs: number, email: string | undefined): Promise<boolean> {
    return this.#write(async (query) => {
      const added = await addUsers(query, [{ userId, createdAtMs: wallMs, email }])
      const isNew = added.has(userId)
      if (!isNew && email !== undefined) {
        await query('UPDATE users SET email = $2 WHERE user_id = $1', [
          userId,
          JSON.stringify(email),
        ])
      }
      return { result: isNew }
    })
  }

  insertToken(token: Token): Promise<void> {
    return this.#write(async (query) => {
      await query('INSERT INTO tokens (id, created_at_ms, record) VALUES ($1, $2, $3)', [
        token.id,
        Math.floor(token.createdAtMs),
        JSON.stringify(token),
      ])
      return { result: undefined }
    })
  }

  deleteToken(id: string): Promise<boolean> {
    return this.#write(async (query) => {
      const rows = await query('DELETE FROM tokens WHERE id = $1 RETURNING id', [id])
      return { result: rows.length > 0 }
    })
  }

  putSession(session: BrowserSession, most: number, wallMs: number): Promise<void> {
    const { hash, tokenId, expiresAtMs } = session
    return this.#write(async (query) => {
      await query('DELETE FROM sessions WHERE expires_at_ms <= $1', [Math.floor(wallMs)])
      await query(
        `INSERT INTO sessions (hash, token_id, expires_at_ms)
         SELECT $1, id, $3 FROM tokens WHERE id = $2
         ON CONFLICT (hash) DO UPDATE SET expires_at_ms = excluded.expires_at_ms`,
        [hash, tokenId, Math.floor(expiresAtMs)],
      )
      await query(
        `DELETE FROM sessions WHERE hash IN (
           SELECT hash FROM sessions WHERE token_id = $1
           ORDER BY expires_at_ms DESC, position DESC OFFSET $2)`,
        [tokenId, most],
      )
      return { result: undefined }
    })
  }

  deleteSession(hash: string): Promise<void> {
    return this.#write(async (query) => {
      await query('DELETE FROM sessions WHERE hash = $1', [hash])
      return { result: undefined }
    })
  }

  async integration(name: string): Promise<JsonObject | undefined> {
    const [row] = await told(
      this.#connections.read<{ config: string }>(
        'SELECT config FROM integrations WHERE name = $1',
        [name],
      ),
    )
    return row === undefined ? undefined : (JSON.parse(row.config) as JsonObject)
  }

  setIntegration(name: string, config: JsonObject | undefined, wallMs: number): Promise<boolean> {
    return this.#write(async (query) => ({
      result: await putIntegration(query, name, config, wallMs),
    }))
  }

  async matterValues(): Promise<Readonly<Record<string, string>>> {
    const rows = await told(
      this.#connections.read<{ name: string; value: string }>(
        'SELECT name, value FROM matter_values',
      ),
    )
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  }

  setMatterValues(changes: KeptChanges): Promise<void> {
    return this.#write(async (query) => {
      for (const [name, value] of Object.entries(changes)) {
        await query('DELETE FROM matter_values WHERE name = $1', [name])
        if (value !== null) await query('INSERT INTO matter_values VALUES ($1, $2)', [name, value])
      }
      return { result: undefined }
    })
  }

  recordSeen(seen: ReadonlyMap<string, LastSeen>): Promise<void> {
    return this.#write(async (query) => ({ result: await recordSeen(query, seen) }))
  }

  async server(): Promise<ServerRecord | undefined> {
    const [row] = await told(
      this.#connections.read<{ server: string }>(
        'SELECT server FROM processes WHERE server IS NOT NULL ORDER BY seen_at DESC LIMIT 1',
      ),
    )
    return row === undefined ? undefined : (JSON.parse(row.server) as ServerRecord)
  }

  setServer(record: ServerRecord | undefined): Promise<void> {
    const text =
      record === undefined
        ? null
        : JSON.stringify({ ...record, startedAtMs: Math.floor(record.startedAtMs) })
    return this.#write(async (query) => {
      await query(
        `INSERT INTO processes (id, batch, server) VALUES ($1, 0, $2)
         ON CONFLICT (id) DO UPDATE SET server = excluded.server, seen_at = now()`,
        [this.#processId, text],
      )
      return { result: undefined }
    })
  }

  /** Steady times are on the database's clock, whatever the clock of this machine is set to. */
  async keepTime(): Promise<undefined> {}

  clampExpiry({ keySteadyMs, changeSteadyMs }: Parameters<Store['clampExpiry']>[0]): Promise<void> {
    return this.#write((query) => clampExpiry(query, keySteadyMs, changeSteadyMs))
  }

  prune(limits: PruneLimits): Promise<string[]> {
    return this.#write((query) => prune(query, limits))
  }

  prove(): Promise<void> {
    return this.#write(async (query) => {
      await query(
        `INSERT INTO processes (id, batch) VALUES ($1, 0)
         ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
        [this.#processId],
      )
      return { result: undefined }
    })
  }

  /** Connections that failed are replaced by themselves. */
  async reopen(): Promise<void> {}

  diskRefusal(): undefined {}

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#decisions.idle()
    await this.shared.close()
    await this.#connections.close()
  }

  /**
   * Ids that nobody else has; gaps do no harm. This commit need not be on disk: nothing that uses the ids is there
   * before it.
   */
  async #takeIds(count: number): Promise<number> {
    const [row] = await this.#connections.read<{ value: number }>(
      `UPDATE counters SET value = value + $1
       FROM (SELECT set_config('synchronous_commit', 'off', true)) AS soon
       WHERE name = 'changes' RETURNING value`,
      [count],
    )
    return (row?.value ?? count) - count + 1
  }

  /** Writes data of no single thermostat. */
  async #write<T>(work: Work<T>): Promise<T> {
    for (let repeats = 0; ; repeats++) {
      try {
        return await this.#batches.run(work)
      } catch (error) {
        const isRepeated =
          error instanceof DatabaseFault && error.isRepeatable && repeats < MAX_REPEATS
        if (!isRepeated) throw explained(error)
      }
    }
  }
}

/** The rows of a thermostat after an import; its buckets and changes are written as they come. */
function afterWrites(state: ThermostatState, writes: Writes): ThermostatState {
  const { device, owner, password } = writes
  return {
    ...state,
    device: device === undefined ? state.device : (device ?? undefined),
    owner: owner === undefined ? state.owner : (owner ?? undefined),
    password: password === undefined ? state.password : (password ?? undefined),
  }
}

import type { BucketVersion, JsonObject } from '../protocol/bucket.ts'
import type { Change, ChangeKind } from '../protocol/delivery/change.ts'
import type { CommandParts } from '../protocol/delivery/change-report.ts'
import type { Now } from '../protocol/now.ts'
import type { EntryKey } from '../protocol/pairing/entry-key.ts'
import type { Decision, Writes } from '../protocol/thermostat/decision.ts'
import type { DeviceRecord, Owner, ThermostatState } from '../protocol/thermostat/state.ts'
import type { Trouble, TroubleKind } from './trouble.ts'

/**
 * What a store must do. One thermostat's state is the unit: it is loaded, decided upon by a pure
 * function, and what was decided is committed. Everything else is a handful of queries over many
 * thermostats. An engine (src/store/sqlite) may be replaced without any change outside.
 *
 * Every method that reads or writes throws, or rejects with, NleError `store` when the database
 * cannot be used; `troubleOf` tells why.
 */
export interface Store extends Queries {
  /**
   * Loads a thermostat, decides, commits. `decide` is pure: an engine may call it again on fresher
   * state. Exactly one callback follows: `done` once the writes are on disk, `failed` when they are
   * not, or with what `decide` threw.
   */
  decide<D extends Decision<unknown>>(
    serial: string,
    decide: (state: ThermostatState, nextChangeId: number) => D,
    done: (decision: D) => void,
    failed: (error: unknown) => void,
  ): void
  /** The state of one thermostat as it is on file; see `emptyState` for one that is not. */
  load(serial: string): Promise<ThermostatState>
  /** Puts many thermostats on file at once, all or none; for an import. */
  bring(brought: Brought): Promise<void>

  /** Whether the user is new. An e-mail address replaces the one on file. */
  ensureUser(userId: string, wallMs: number, email: string | undefined): Promise<boolean>
  insertToken(token: Token): Promise<void>
  /** Whether there was one. */
  deleteToken(id: string): Promise<boolean>
  /** What an operator set for an integration, by its name; may hold passwords. */
  integration(name: string): Promise<JsonObject | undefined>
  /** Undefined takes it away. Whether there was one before. */
  setIntegration(name: string, config: JsonObject | undefined, wallMs: number): Promise<boolean>
  /** Writes when thermostats were last heard of (wall clock, ms), by serial. */
  recordSeen(seenAtMs: ReadonlyMap<string, number>): Promise<void>
  /** The server that is to be found on this store; undefined once it has stopped. */
  setServer(record: ServerRecord | undefined): Promise<void>

  /**
   * What elapses is judged by the engine's clock. SQLite's is the process's steady clock: this
   * writes down how far the wall clock was set since, for the process after this one.
   *
   * @returns ms by which it was set; undefined when it was not
   */
  keepTime(now: Now): Promise<number | undefined>
  /** No open key and no open change expires later than these: a wrong clock told their times. */
  clampExpiry(latest: {
    readonly keySteadyMs: number
    readonly changeSteadyMs: ReadonlyMap<ChangeKind, number>
  }): Promise<void>
  /** Forgets what is over. The serials of unpaired thermostats that went with it. */
  prune(limits: PruneLimits): Promise<string[]>

  /** What is wrong with the database, if an error comes from it. */
  troubleOf(error: unknown): Trouble | undefined
  /** Writes something without effect: resolves once the disk took it. */
  prove(): Promise<void>
  /** Why the disk takes nothing now; undefined when it does. */
  diskRefusal(): TroubleKind | undefined
  /** Commits what is waiting, and releases the database. */
  close(): void
}

/** Queries over many thermostats. They see what is committed, and what this process is committing. */
export interface Queries {
  /** Every thermostat on file, ordered by serial. */
  thermostats(): Promise<ThermostatSummary[]>
  /** The thermostats that a user owns, newest first. */
  ownedBy(userId: string): Promise<ThermostatSummary[]>
  /** Serials of thermostats without an owner, the one heard of last comes last. */
  unpaired(): Promise<string[]>
  countUnpaired(): Promise<number>
  keyByCode(code: string): Promise<EntryKey | undefined>
  /** Every key that can still be claimed, ordered by serial. */
  openKeys(steadyMs: number): Promise<EntryKey[]>
  /** Serials of thermostats whose last key has expired unclaimed. */
  serialsWithExpiredKey(steadyMs: number): Promise<string[]>
  /** Serials of thermostats with an open change whose time is over (`D4`). */
  serialsWithOverdueChange(steadyMs: number): Promise<string[]>
  /** All changes of one command; none when it is not known. */
  command(commandId: number): Promise<Change[]>
  /** The last commands, newest first, of one thermostat or of all. */
  recentCommands(serial: string | undefined, limit: number): Promise<CommandParts[]>
  /** The id of the change that was queued last; ids only grow. */
  latestChangeId(): Promise<number>
  /** The ids of all users. */
  users(): Promise<string[]>
  /** Oldest first, expired ones included. */
  tokens(): Promise<Token[]>
  /** Buckets on file without their values, of one thermostat or of all. */
  bucketSummaries(serial?: string): Promise<BucketSummary[]>
  server(): Promise<ServerRecord | undefined>
}

export interface ThermostatSummary {
  readonly serial: string
  readonly device: DeviceRecord
  readonly owner: Owner | undefined
}

export interface BucketSummary extends BucketVersion {
  readonly serial: string
  readonly objectKey: string
  /** Bytes of its JSON text. */
  readonly size: number
}

/** What a token allows: reading, commanding and pairing as well, or everything. */
export const TOKEN_SCOPES = ['read', 'control', 'admin'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** A token as it is on file: never the token itself. Times are wall clock, ms. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  /** SHA-256 of the token, in hex. */
  readonly hash: string
  readonly createdAtMs: number
  /** Null for one that never expires. */
  readonly expiresAtMs: number | null
}

/** The process that serves a database. */
export interface ServerRecord {
  readonly pid: number
  readonly deviceUrl: string
  readonly controlUrl: string
  /** Wall clock, ms. */
  readonly startedAtMs: number
}

/** The name under which the MQTT broker is kept as an integration (`StoredBroker`). */
export const MQTT = 'mqtt'

/** What an import puts on file. */
export interface Brought {
  readonly users: readonly {
    readonly userId: string
    readonly createdAtMs: number
    readonly email: string | undefined
  }[]
  readonly thermostats: readonly { readonly serial: string; readonly writes: Writes }[]
  /** The MQTT broker; undefined leaves what is set. */
  readonly broker: JsonObject | undefined
  /** Wall clock, ms. */
  readonly nowMs: number
}

export interface PruneLimits {
  /** Unclaimed keys that expired before this go, on the steady clock. */
  readonly keysExpiredBeforeSteadyMs: number
  /** Changes that ended before this go, wall clock; see `keepChanges`. */
  readonly changesEndedBeforeMs: number
  /** The newest of each thermostat stay in any case; of all, no more than `most`. */
  readonly keepChanges: { readonly least: number; readonly most: number }
  /** Unpaired thermostats without data or open key that were silent since then go, wall clock. */
  readonly silentSinceMs: number
  readonly nowSteadyMs: number
}

import type { BucketVersion, JsonObject } from '../protocol/bucket.ts'
import type { Change, ChangeKind } from '../protocol/delivery/change.ts'
import type { CommandParts } from '../protocol/delivery/change-report.ts'
import type { KeptChanges } from '../protocol/matter/messages.ts'
import type { Now } from '../protocol/now.ts'
import type { EntryKey } from '../protocol/pairing/entry-key.ts'
import type { Decision, Writes } from '../protocol/thermostat/decision.ts'
import type { DeviceRecord, Owner, ThermostatState } from '../protocol/thermostat/state.ts'
import type { UnknownBucket } from '../protocol/transport/unknown-buckets.ts'
import type { ViewedState } from '../protocol/view/viewed-state.ts'
import type { LastSeen, SharedStore } from './shared-store.ts'
import type { Trouble, TroubleKind } from './trouble.ts'

/**
 * The port that every store engine implements (src/store/sqlite, src/store/postgres). The state of one
 * thermostat is the unit: the engine loads it, a pure function decides, and the engine commits the decision.
 * The rest is queries over many thermostats.
 *
 * Every method that reads or writes rejects (or fails) with NleError `store` when the database cannot be
 * used; `troubleOf` tells why.
 */
export interface Store {
  /** Undefined for an engine that one process has to itself. */
  readonly shared?: SharedStore

  /**
   * Loads a thermostat, decides, commits. `decide` is pure: an engine may call it later than this, and again
   * on fresher state. Decisions about one thermostat are made in the order of the calls. Exactly one callback
   * follows: `done` once the writes are on disk, or `failed` with the error of the commit or of `decide`.
   */
  decide<D extends Decision<unknown>>(
    serial: string,
    decide: (state: ThermostatState, nextChangeId: number) => D,
    done: (decision: D) => void,
    failed: (error: unknown) => void,
  ): void
  /** The state of one thermostat on file; `emptyState` for one that is not. */
  load(serial: string): Promise<ThermostatState>
  /**
   * The little of one thermostat that statuses and lists show (`shownState`), which an engine keeps in
   * memory and reads without the rest.
   */
  shown(serial: string): Promise<ViewedState>
  /** Writes an import in one transaction. */
  importData(data: ImportedData): Promise<void>

  /**
   * Puts a user on file; returns whether the user is new. An e-mail address replaces the one on file. Beyond
   * `MAX_USERS` the oldest ones without a thermostat are deleted.
   */
  ensureUser(userId: string, wallMs: number, email: string | undefined): Promise<boolean>
  insertToken(token: Token): Promise<void>
  /** Deletes it with its sessions; returns whether there was one. */
  deleteToken(id: string): Promise<boolean>
  /**
   * Puts a session on file unless its token is gone, or sets when it ends. Deletes those that have ended, and
   * those of the same token that end first, so that `most` are left of it.
   */
  putSession(session: BrowserSession, most: number, wallMs: number): Promise<void>
  deleteSession(hash: string): Promise<void>
  /** The settings of an integration, by its name; they may contain passwords. */
  integration(name: string): Promise<JsonObject | undefined>
  /** Sets or deletes the settings of an integration; returns whether there were any before. */
  setIntegration(name: string, config: JsonObject | undefined, wallMs: number): Promise<boolean>
  /** What the Matter bridge keeps (fabrics, numbers of endpoints): texts by name. They are secrets. */
  matterValues(): Promise<Readonly<Record<string, string>>>
  setMatterValues(changes: KeptChanges): Promise<void>
  /** Writes the last contact of thermostats, by serial. */
  recordSeen(seen: ReadonlyMap<string, LastSeen>): Promise<void>
  /** Records the server that runs on this store; undefined once it has stopped. */
  setServer(record: ServerRecord | undefined): Promise<void>

  /**
   * Expiries are on the steady clock of this process. This stores by how much the wall clock was set
   * since, so that the next process can convert them to its own steady clock.
   *
   * @returns ms by which the wall clock was set since the last call; undefined when it was not
   */
  keepTime(now: Now): Promise<number | undefined>
  /** Shortens the open keys and changes that expire later than these times, set by a wrong clock. */
  clampExpiry(latest: {
    readonly keySteadyMs: number
    readonly changeSteadyMs: ReadonlyMap<ChangeKind, number>
  }): Promise<void>
  /** Deletes old data. Returns the serials of the unpaired thermostats among it. */
  prune(limits: PruneLimits): Promise<string[]>

  /** What is wrong with the database, if it caused this error. */
  troubleOf(error: unknown): Trouble | undefined
  /** Writes a page without a change; resolves once it is on disk. */
  prove(): Promise<void>
  /**
   * Opens the database anew when its disk was away and is back, such as after a repair: what is open
   * belongs to the disk as it was. Rejects when it cannot.
   */
  reopen(): Promise<void>
  /** Why the disk refuses writes now; undefined when it does not. */
  diskRefusal(): TroubleKind | undefined
  /** Commits waiting writes, and closes the database. */
  close(): void | Promise<void>

  // Queries over many thermostats. They may also see the uncommitted writes of this process.

  /** Every thermostat on file, ordered by serial. */
  thermostats(): Promise<ThermostatSummary[]>
  /** Their serials in the same order; only those after this one. */
  serials(after?: string): Promise<string[]>
  /** The thermostats that a user owns, newest first. */
  ownedBy(userId: string): Promise<ThermostatSummary[]>
  /** Serials of thermostats without an owner, ordered by their last contact, the oldest first. */
  unpaired(): Promise<string[]>
  countUnpaired(): Promise<number>
  countPaired(): Promise<number>
  keyByCode(code: string): Promise<EntryKey | undefined>
  /** Every key that can be claimed, ordered by serial. */
  openKeys(steadyMs: number): Promise<EntryKey[]>
  /** Serials of thermostats whose last key has expired unclaimed. */
  serialsWithExpiredKey(steadyMs: number): Promise<string[]>
  /** Serials of thermostats with an open change that has expired (`D4`). */
  serialsWithOverdueChange(steadyMs: number): Promise<string[]>
  /** The changes of one command; none for an unknown one. */
  command(commandId: number): Promise<Change[]>
  /**
   * The last commands, newest first, of one thermostat or of all.
   *
   * @param maxLength - of the text of all fields, in characters; commands beyond it are left out, but the newest
   */
  recentCommands(
    serial: string | undefined,
    limit: number,
    maxLength?: number,
  ): Promise<CommandParts[]>
  /** The id of the newest change ever; ids only grow. */
  latestChangeId(): Promise<number>
  /** The ids of all users. */
  users(): Promise<string[]>
  /** All users with all that is on file about them. */
  accounts(): Promise<Account[]>
  /** Oldest first, expired ones included. */
  tokens(): Promise<Token[]>
  /** The session with this hash, also one that has ended. */
  session(hash: string): Promise<BrowserSession | undefined>
  /** The buckets of one thermostat, or of all, without their values. */
  bucketSummaries(serial?: string): Promise<BucketSummary[]>
  /** The buckets of unknown types of all thermostats. */
  unknownBuckets(): Promise<UnknownBucket[]>
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

/** A token allows its client to read, also to command and pair, or everything. */
export const TOKEN_SCOPES = ['read', 'control', 'admin'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** The record of a token, without the token itself. Times are wall clock, ms. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  /** SHA-256 of the token, in hex. */
  readonly hash: string
  readonly createdAtMs: number
  /** Null for a token that never expires. */
  readonly expiresAtMs: number | null
}

/** A browser that has shown a token. Times are wall clock, ms. */
export interface BrowserSession {
  /** SHA-256 of its id, in hex. */
  readonly hash: string
  readonly tokenId: string
  readonly expiresAtMs: number
}

/** The process that serves a database. */
export interface ServerRecord {
  readonly pid: number
  readonly deviceUrl: string
  readonly controlUrl: string
  /** Wall clock, ms. */
  readonly startedAtMs: number
}

/** Users on file, at most: a household has a few, and any client can make them up. */
export const MAX_USERS = 1_000

/** The integration whose settings are the MQTT broker (`StoredBroker`). */
export const MQTT = 'mqtt'
/** That of the receivers of notifications, and that of what they were told and what waits for them. */
export const RECEIVERS = 'notify'
export const NOTICES = 'notices'
/** The integration whose settings are those of the Matter bridge (`StoredBridge`). */
export const MATTER = 'matter'

/** A user on file. */
export interface Account {
  readonly userId: string
  /** Wall clock, ms. */
  readonly createdAtMs: number
  readonly email: string | undefined
}

/** Everything that an import writes. */
export interface ImportedData {
  readonly users: readonly Account[]
  readonly thermostats: readonly { readonly serial: string; readonly writes: Writes }[]
  /** The MQTT broker; undefined leaves the settings as they are. */
  readonly broker: JsonObject | undefined
  /** No change made from now on gets this id or an earlier one; 0 when nothing is known of earlier ones. */
  readonly latestChangeId: number
  /** Wall clock, ms. */
  readonly nowMs: number
}

export interface PruneLimits {
  /** Deletes unclaimed keys that expired before this, on the steady clock. */
  readonly keysExpiredBeforeSteadyMs: number
  /** Deletes changes that ended before this, wall clock, within `keepChanges`. */
  readonly changesEndedBeforeMs: number
  /**
   * Keeps the newest `least` of each thermostat, and at most `most` of all. More than `mostBytes` of fields of
   * one thermostat are not kept, whatever their number.
   */
  readonly keepChanges: {
    readonly least: number
    readonly most: number
    readonly mostBytes: number
  }
  /** Deletes unpaired thermostats without data or an open key that are silent since then, wall clock. */
  readonly silentSinceMs: number
  readonly nowSteadyMs: number
}

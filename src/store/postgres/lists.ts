import { believable } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { CommandParts } from '../../protocol/delivery/change-report.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import type { UnknownBucket } from '../../protocol/transport/unknown-buckets.ts'
import type { Account, BrowserSession, BucketSummary, ThermostatSummary, Token } from '../store.ts'
import { type Connections, LIST_MS } from './pools.ts'
import {
  CHANGE,
  type ChangeRecord,
  changeOf,
  ENTRY_KEY,
  type KeyRow,
  keyOf,
  summaryOf,
  THERMOSTAT,
  type ThermostatRow,
} from './records.ts'

/** Queries over many thermostats, and over what belongs to none. */
export class Lists {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  async thermostats(): Promise<ThermostatSummary[]> {
    const rows = await this.#readAll<ThermostatRow>(
      `SELECT ${THERMOSTAT} FROM thermostats ORDER BY serial`,
    )
    return rows.map(summaryOf)
  }

  serials(after: string): Promise<string[]> {
    return this.#texts('SELECT serial FROM thermostats WHERE serial > $1 ORDER BY serial', [after])
  }

  async ownedBy(userId: string): Promise<ThermostatSummary[]> {
    const rows = await this.#read<ThermostatRow>(
      `SELECT ${THERMOSTAT} FROM thermostats WHERE user_id = $1
       ORDER BY owned_at_ms DESC, serial`,
      [userId],
    )
    return rows.map(summaryOf)
  }

  unpaired(): Promise<string[]> {
    return this.#texts(
      'SELECT serial FROM thermostats WHERE user_id IS NULL ORDER BY last_seen_at_ms, serial',
    )
  }

  countUnpaired(): Promise<number> {
    return this.#count('SELECT count(*) AS n FROM thermostats WHERE user_id IS NULL')
  }

  countPaired(): Promise<number> {
    return this.#count('SELECT count(*) AS n FROM thermostats WHERE user_id IS NOT NULL')
  }

  async keyByCode(code: string): Promise<EntryKey | undefined> {
    const [row] = await this.#read<KeyRow>(`SELECT ${ENTRY_KEY} FROM entry_keys WHERE code = $1`, [
      code,
    ])
    return row === undefined ? undefined : keyOf(row)
  }

  async openKeys(steadyMs: number): Promise<EntryKey[]> {
    const rows = await this.#readAll<KeyRow>(
      `SELECT ${ENTRY_KEY} FROM entry_keys
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > $1 ORDER BY serial, position`,
      [Math.floor(steadyMs)],
    )
    return rows.map(keyOf)
  }

  serialsWithExpiredKey(steadyMs: number): Promise<string[]> {
    return this.#texts(
      `SELECT serial FROM entry_keys WHERE claimed_at_ms IS NULL GROUP BY serial
       HAVING max(expires_at_steady_ms) <= $1 ORDER BY serial`,
      [Math.floor(steadyMs)],
    )
  }

  serialsWithOverdueChange(steadyMs: number): Promise<string[]> {
    return this.#texts(
      `SELECT DISTINCT serial FROM changes
       WHERE NOT settled AND state IN ('queued', 'sent') AND expires_at_steady_ms <= $1
       ORDER BY serial`,
      [Math.floor(steadyMs)],
    )
  }

  async command(commandId: number): Promise<Change[]> {
    const rows = await this.#read<ChangeRecord>(
      `SELECT ${CHANGE} FROM changes WHERE command_id = $1 ORDER BY id`,
      [commandId],
    )
    return rows.map(changeOf)
  }

  async recentCommands(
    serial: string | undefined,
    limit: number,
    maxLength: number,
  ): Promise<CommandParts[]> {
    const rows = await this.#readAll<ChangeRecord>(
      `SELECT ${CHANGE} FROM changes WHERE command_id IN (
         SELECT DISTINCT command_id FROM changes ${serial === undefined ? '' : 'WHERE serial = $2'}
         ORDER BY command_id DESC LIMIT $1)
       ORDER BY command_id DESC, id`,
      serial === undefined ? [limit] : [limit, serial],
    )
    const commands: CommandParts[] = []
    let length = 0
    for (const parts of Map.groupBy(rows, ({ commandId }) => commandId).values()) {
      const [first, ...others] = parts
      if (first === undefined) continue
      for (const { fields } of parts) length += fields.length
      if (length > maxLength && commands.length > 0) break
      commands.push([changeOf(first), ...others.map(changeOf)])
    }
    return commands
  }

  latestChangeId(): Promise<number> {
    return this.#count(`SELECT value AS n FROM counters WHERE name = 'changes'`)
  }

  users(): Promise<string[]> {
    return this.#texts('SELECT user_id FROM users ORDER BY user_id')
  }

  async accounts(): Promise<Account[]> {
    const rows = await this.#readAll<{ userId: string; createdAtMs: number; email: string | null }>(
      `SELECT user_id AS "userId", created_at_ms AS "createdAtMs", email FROM users
       ORDER BY position`,
    )
    return rows.map(({ email, ...row }) => ({
      ...row,
      email: email === null ? undefined : (JSON.parse(email) as string),
    }))
  }

  async tokens(): Promise<Token[]> {
    const rows = await this.#read<{ record: string }>(
      'SELECT record FROM tokens ORDER BY created_at_ms, id',
    )
    return rows.map(({ record }) => JSON.parse(record) as Token)
  }

  async session(hash: string): Promise<BrowserSession | undefined> {
    const [row] = await this.#read<BrowserSession>(
      `SELECT hash, token_id AS "tokenId", expires_at_ms AS "expiresAtMs" FROM sessions
       WHERE hash = $1`,
      [hash],
    )
    return row
  }

  async bucketSummaries(serial: string | undefined): Promise<BucketSummary[]> {
    const rows = await this.#readAll<BucketSummary>(
      `SELECT serial, object_key AS "objectKey", revision, timestamp, octet_length(value) AS size
       FROM buckets ${serial === undefined ? '' : 'WHERE serial = $1'}
       ORDER BY serial, object_key`,
      serial === undefined ? [] : [serial],
    )
    return rows.map((row) => ({ ...row, ...believable(row) }))
  }

  unknownBuckets(): Promise<UnknownBucket[]> {
    return this.#readAll<UnknownBucket>(
      `SELECT b.serial, object_key AS "objectKey", timestamp, octet_length(value) AS size,
         user_id IS NOT NULL AS "isPaired"
       FROM buckets b JOIN thermostats t ON t.serial = b.serial WHERE is_unknown`,
    )
  }

  async #texts(text: string, values?: readonly unknown[]): Promise<string[]> {
    const rows = await this.#readAll<Record<string, string>>(text, values)
    return rows.flatMap((row) => Object.values(row))
  }

  async #count(text: string): Promise<number> {
    const [row] = await this.#readAll<{ n: number }>(text)
    return row?.n ?? 0
  }

  #read<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#connections.read<Row>(text, values)
  }

  /** Reads what may be of all thermostats. */
  #readAll<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#connections.read<Row>(text, values, LIST_MS)
  }
}

import type { Database } from 'better-sqlite3'
import { BUCKET_TYPES } from '../../protocol/bucket.ts'
import type { ClockRecord } from '../../protocol/now.ts'
import type { KnownPassword } from '../../protocol/pairing/password.ts'
import type { UnknownBucket } from '../../protocol/transport/unknown-buckets.ts'
import type { BucketRow } from '../bucket-row.ts'
import type { BrowserSession, BucketSummary, ServerRecord, Token } from '../store.ts'
import type { ChangeRow, DeviceRow, EntryKeyRow, fromDevice } from './stored-rows.ts'

const KNOWN_TYPES = [...BUCKET_TYPES].map((type) => `'${type}'`).join(', ')

/** Which buckets a view reads, and how long they may be, bytes. */
interface ShownBuckets {
  readonly serial: string
  readonly device: string
  readonly shared: string
  readonly structure: string
  readonly schedule: string
  readonly mostOwn: number
  readonly most: number
}

/** The columns of later migrations, which an older database that is only read may lack. */
const LATER_DEVICE_COLUMNS: readonly (readonly [column: string, name: string])[] = [
  ['polled_pairing', 'polledPairing'],
  ['awaited_uploads', 'awaitedUploads'],
  ['is_pinned', 'isPinned'],
  ['given_name', 'givenName'],
]

/** @param columns - those that the table has */
const deviceQuery = (columns: ReadonlySet<string>): string => `SELECT devices.serial, model,
    mac_address AS macAddress, software_version AS softwareVersion, structure_key AS structureKey,
    ${LATER_DEVICE_COLUMNS.map(([column, name]) => `${columns.has(column) ? column : 'NULL'} AS ${name}`).join(', ')},
    first_seen_at_ms AS firstSeenAtMs, last_seen_at_ms AS lastSeenAtMs,
    user_id AS userId, created_at_ms AS ownedSinceMs
  FROM devices LEFT JOIN owners ON owners.serial = devices.serial`

/** @param later - as of `deviceQuery` */
const entryKeyQuery = (later: string): string => `SELECT code, serial, created_at_ms AS createdAtMs,
    expires_at_steady_ms AS expiresAtSteadyMs, claimed_by AS claimedBy,
    claimed_at_ms AS claimedAtMs, ${later}
  FROM entry_keys`

const CHANGE = `SELECT id, command_id AS commandId, serial, command, object_key AS objectKey, fields, kind,
    state, sends, push_revision AS pushRevision, push_timestamp AS pushTimestamp,
    push_stamped_at_ms AS pushStampedAtMs, since_revision AS sinceRevision,
    since_timestamp AS sinceTimestamp, created_at_ms AS createdAtMs,
    expires_at_steady_ms AS expiresAtSteadyMs, sent_at_ms AS sentAtMs,
    sent_at_steady_ms AS sentAtSteadyMs, ended_at_ms AS endedAtMs, reason, settled
  FROM changes`

/**
 * Every statement on the tables of the first schema, prepared once. SQLite compiles a statement with a join, an
 * ORDER BY, a LIMIT or `min` again at each call, because another value might deserve another plan. It does not
 * expect that of `+?`, which is the same value.
 */
export function prepareStatements(db: Database) {
  const all = <P extends unknown[] | object, R>(sql: string) => db.prepare<P, R>(sql)
  const columns = (table: string): ReadonlySet<string> => {
    const rows = db.pragma(`table_info(${table})`) as { readonly name: string }[]
    return new Set(rows.map(({ name }) => name))
  }
  const device = deviceQuery(columns('devices'))
  const entryKey = entryKeyQuery(
    columns('entry_keys').has('asker_hash')
      ? 'asker_salt AS askerSalt, asker_hash AS askerHash'
      : 'NULL AS askerSalt, NULL AS askerHash',
  )
  return {
    device: all<[string], DeviceRow>(`${device} WHERE devices.serial = +?`),
    devices: all<[], DeviceRow>(`${device} ORDER BY devices.serial`),
    serialsAfter: all<[string], string>(
      'SELECT serial FROM devices WHERE serial > ? ORDER BY serial',
    ).pluck(),
    devicesOfUser: all<[string], DeviceRow>(
      `${device} WHERE user_id = ? ORDER BY created_at_ms DESC, devices.serial`,
    ),
    setSeen: db.prepare('UPDATE devices SET last_seen_at_ms = ? WHERE serial = ?'),
    deleteDevice: db.prepare('DELETE FROM devices WHERE serial = ?'),
    countUnpaired: all<[], number>(
      // Each owner is that of a thermostat on file.
      'SELECT (SELECT count(*) FROM devices) - (SELECT count(*) FROM owners)',
    ).pluck(),
    countPaired: all<[], number>('SELECT count(*) FROM owners').pluck(),
    unpaired: all<[], string>(
      `SELECT serial FROM devices WHERE serial NOT IN (SELECT serial FROM owners)
       ORDER BY last_seen_at_ms, serial`,
    ).pluck(),
    // A thermostat with an open key stays: its code must survive a clock that is set right.
    forgetSilent: all<[number, number], string>(
      `DELETE FROM devices WHERE last_seen_at_ms < ?
         AND serial NOT IN (SELECT serial FROM owners)
         AND serial NOT IN (SELECT serial FROM entry_keys
           WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > ?)
         AND serial NOT IN (SELECT serial FROM buckets WHERE object_key NOT LIKE 'device_alert_dialog.%')
       RETURNING serial`,
    ).pluck(),

    buckets: all<[string], BucketRow>(
      'SELECT object_key AS objectKey, revision, timestamp, value FROM buckets WHERE serial = ?',
    ),
    // SQLite knows how long a value is without reading it, and reads by key in the order of the keys.
    shownBuckets: all<ShownBuckets, BucketRow>(
      `SELECT object_key AS objectKey, revision, timestamp, value FROM buckets
       WHERE serial = @serial AND object_key IN (@device, @shared, @structure, @schedule)
         AND octet_length(value) <= CASE object_key WHEN @schedule THEN @most ELSE @mostOwn END`,
    ),
    firstStructure: all<[string], string>(
      `SELECT min(object_key) FROM buckets
       WHERE serial = +? AND object_key >= 'structure.' AND object_key < 'structure/'`,
    ).pluck(),
    shownWheres: all<{ serial: string; most: number; limit: number }, BucketRow>(
      `SELECT object_key AS objectKey, revision, timestamp, value FROM buckets
       WHERE serial = @serial AND object_key >= 'where.' AND object_key < 'where/'
         AND octet_length(value) <= @most
       LIMIT +@limit`,
    ),
    putBucket: db.prepare(
      `INSERT INTO buckets (serial, object_key, revision, timestamp, value) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (serial, object_key) DO UPDATE
       SET revision = excluded.revision, timestamp = excluded.timestamp, value = excluded.value`,
    ),
    deleteBucket: db.prepare('DELETE FROM buckets WHERE serial = ? AND object_key = ?'),
    bucketSummaries: all<{ serial: string | null }, BucketSummary>(
      `SELECT serial, object_key AS objectKey, revision, timestamp,
         length(CAST(value AS BLOB)) AS size
       FROM buckets WHERE @serial IS NULL OR serial = @serial ORDER BY serial, object_key`,
    ),
    // Reads no value: `octet_length` takes the length from the head of the row.
    unknownBuckets: all<[], Omit<UnknownBucket, 'isPaired'> & { readonly isPaired: number }>(
      `SELECT serial, object_key AS objectKey, timestamp, octet_length(value) AS size,
         serial IN (SELECT serial FROM owners) AS isPaired
       FROM buckets
       WHERE substr(object_key, 1, instr(object_key, '.') - 1) NOT IN (${KNOWN_TYPES})`,
    ),

    putOwner: db.prepare(
      `INSERT INTO owners (serial, user_id, created_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (serial) DO UPDATE
       SET user_id = excluded.user_id, created_at_ms = excluded.created_at_ms`,
    ),
    deleteOwner: db.prepare('DELETE FROM owners WHERE serial = ?'),
    users: all<[], string>('SELECT user_id FROM users ORDER BY user_id').pluck(),
    accounts: all<[], { userId: string; createdAtMs: number; email: string | null }>(
      'SELECT user_id AS userId, created_at_ms AS createdAtMs, email FROM users ORDER BY rowid',
    ),
    insertUser: db.prepare(
      'INSERT OR IGNORE INTO users (user_id, email, created_at_ms) VALUES (?, ?, ?)',
    ),
    forgetUsers: db.prepare<{ readonly keep: string; readonly most: number }>(
      `DELETE FROM users WHERE user_id IN (
         SELECT user_id FROM users
         WHERE user_id <> @keep AND user_id NOT IN (SELECT user_id FROM owners)
         ORDER BY created_at_ms, rowid
         LIMIT max(0, (SELECT count(*) FROM users) - @most))`,
    ),
    setEmail: db.prepare('UPDATE users SET email = ? WHERE user_id = ?'),

    /** Undefined in an older database, which may be opened for reading only. */
    password: columns('device_pins').has('other_seen_at_ms')
      ? all<[string], KnownPassword>(
          `SELECT salt, hash, pinned_at_ms AS sinceMs, other_seen_at_ms AS otherSeenAtMs
           FROM device_pins WHERE serial = ?`,
        )
      : undefined,

    key: all<[string], EntryKeyRow>(`${entryKey} WHERE code = ?`),
    keysOfDevice: all<[string], EntryKeyRow>(`${entryKey} WHERE serial = +? ORDER BY rowid`),
    openKeys: all<[number], EntryKeyRow>(
      `${entryKey} WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > ? ORDER BY serial`,
    ),
    serialsWithExpiredKey: all<{ steadyMs: number }, string>(
      `SELECT DISTINCT serial FROM entry_keys
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms <= @steadyMs AND serial NOT IN (
         SELECT serial FROM entry_keys
         WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > @steadyMs)`,
    ).pluck(),
    deleteKey: db.prepare('DELETE FROM entry_keys WHERE code = ?'),
    clampKeys: db.prepare(
      `UPDATE entry_keys SET expires_at_steady_ms = @latest
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > @latest`,
    ),
    extendNewestKeys: db.prepare(
      `UPDATE entry_keys SET expires_at_steady_ms = @least
       WHERE claimed_at_ms IS NULL AND expires_at_steady_ms < @least
         AND rowid IN (SELECT max(rowid) FROM entry_keys GROUP BY serial)`,
    ),
    shiftKeys: db.prepare('UPDATE entry_keys SET expires_at_steady_ms = expires_at_steady_ms + ?'),
    // Claimed keys stay until a newer claim (`P7`).
    pruneKeys: db.prepare(
      `DELETE FROM entry_keys WHERE (claimed_at_ms IS NULL AND expires_at_steady_ms < ?)
         OR (claimed_at_ms IS NOT NULL AND claimed_at_ms < (
           SELECT max(newer.claimed_at_ms) FROM entry_keys AS newer
           WHERE newer.serial = entry_keys.serial))`,
    ),

    changes: all<[string], ChangeRow>(`${CHANGE} WHERE serial = ? AND settled = 0`),
    changesOfCommand: all<[number], ChangeRow>(`${CHANGE} WHERE command_id = ?`),
    recentCommands: all<{ serial: string | null; limit: number }, number>(
      `SELECT DISTINCT command_id FROM changes WHERE @serial IS NULL OR serial = @serial
       ORDER BY command_id DESC LIMIT +@limit`,
    ).pluck(),
    putChange: all<ChangeRow, never>(
      `INSERT INTO changes (id, command_id, serial, command, object_key, fields, kind, state, sends,
         push_revision, push_timestamp, push_stamped_at_ms, since_revision, since_timestamp,
         created_at_ms, expires_at_steady_ms, sent_at_ms, sent_at_steady_ms, ended_at_ms, reason,
         settled)
       VALUES (@id, @commandId, @serial, @command, @objectKey, @fields, @kind, @state, @sends,
         @pushRevision, @pushTimestamp, @pushStampedAtMs, @sinceRevision, @sinceTimestamp,
         @createdAtMs, @expiresAtSteadyMs, @sentAtMs, @sentAtSteadyMs, @endedAtMs, @reason, @settled)
       ON CONFLICT (id) DO UPDATE SET fields = excluded.fields, state = excluded.state,
         sends = excluded.sends, push_revision = excluded.push_revision,
         push_timestamp = excluded.push_timestamp,
         push_stamped_at_ms = excluded.push_stamped_at_ms,
         since_revision = excluded.since_revision, since_timestamp = excluded.since_timestamp,
         sent_at_ms = excluded.sent_at_ms, sent_at_steady_ms = excluded.sent_at_steady_ms,
         ended_at_ms = excluded.ended_at_ms, reason = excluded.reason,
         settled = excluded.settled`,
    ),
    serialsWithOverdueChange: all<[number], string>(
      `SELECT DISTINCT serial FROM changes WHERE settled = 0 AND state IN ('queued', 'sent')
         AND expires_at_steady_ms <= ?`,
    ).pluck(),
    clampChanges: db.prepare(
      `UPDATE changes SET expires_at_steady_ms = @latest
       WHERE settled = 0 AND kind = @kind AND expires_at_steady_ms > @latest`,
    ),
    expireUndated: db.prepare(
      `UPDATE changes SET expires_at_steady_ms = @steadyMs
       WHERE settled = 0 AND kind = @kind AND expires_at_steady_ms > @latest`,
    ),
    shiftChanges: db.prepare(
      `UPDATE changes SET expires_at_steady_ms = expires_at_steady_ms + @ms,
         sent_at_steady_ms = sent_at_steady_ms + @ms
       WHERE settled = 0`,
    ),
    /** The highest id of all changes, deleted ones included. */
    latestChangeId: all<[], number>(
      `SELECT seq FROM sqlite_sequence WHERE name = 'changes'`,
    ).pluck(),
    // The last changes of each thermostat stay at any time of the clock, and so do open ones.
    pruneChanges: db.prepare(
      `DELETE FROM changes
       WHERE ended_at_ms IS NOT NULL AND (ended_at_ms < @endedBeforeMs OR id <= (
           SELECT id FROM changes ORDER BY id DESC LIMIT 1 OFFSET @most))
         AND id <= (SELECT newer.id FROM changes AS newer WHERE newer.serial = changes.serial
           ORDER BY newer.id DESC LIMIT 1 OFFSET @least)`,
    ),

    pruneLargeChanges: db.prepare(
      `DELETE FROM changes WHERE ended_at_ms IS NOT NULL AND id IN (
         SELECT id FROM (
           SELECT id, sum(octet_length(fields)) OVER (PARTITION BY serial ORDER BY id DESC) AS bytes
           FROM changes)
         WHERE bytes > ?)`,
    ),

    server: all<[], ServerRecord>(
      `SELECT pid, device_url AS deviceUrl, control_url AS controlUrl, started_at_ms AS startedAtMs
       FROM server`,
    ),
    deleteServer: db.prepare('DELETE FROM server'),
    insertServer: db.prepare(
      `INSERT INTO server (id, pid, device_url, control_url, started_at_ms)
       VALUES (1, @pid, @deviceUrl, @controlUrl, @startedAtMs)`,
    ),
  }
}

/**
 * Statements on the tables and columns of later migrations, prepared when the first one is needed: an older database
 * that is opened for reading only may lack these.
 */
export function prepareLaterStatements(db: Database) {
  const token = 'id, name, scope, hash, created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs'
  return {
    putDevice: db.prepare<ReturnType<typeof fromDevice>>(
      `INSERT INTO devices (serial, model, mac_address, software_version, structure_key,
         polled_pairing, awaited_uploads, is_pinned, given_name, first_seen_at_ms, last_seen_at_ms)
       VALUES (@serial, @model, @macAddress, @softwareVersion, @structureKey, @polledPairing,
         @awaitedUploads, @isPinned, @givenName, @firstSeenAtMs, @lastSeenAtMs)
       ON CONFLICT (serial) DO UPDATE SET model = excluded.model,
         mac_address = excluded.mac_address, software_version = excluded.software_version,
         structure_key = excluded.structure_key, polled_pairing = excluded.polled_pairing,
         awaited_uploads = excluded.awaited_uploads, is_pinned = excluded.is_pinned,
         given_name = excluded.given_name,
         last_seen_at_ms = excluded.last_seen_at_ms`,
    ),

    /** Of changes that are not on file; without any on file there is no row yet. */
    putLatestChangeId: db.prepare<{ id: number }>(
      `INSERT OR REPLACE INTO sqlite_sequence (rowid, name, seq)
       SELECT min(rowid), 'changes', max(@id, coalesce(max(seq), 0))
       FROM sqlite_sequence WHERE name = 'changes'`,
    ),

    tokens: db.prepare<[], Token>(`SELECT ${token} FROM tokens ORDER BY created_at_ms, id`),
    insertToken: db.prepare(
      `INSERT INTO tokens (id, name, scope, hash, created_at_ms, expires_at_ms)
       VALUES (@id, @name, @scope, @hash, @createdAtMs, @expiresAtMs)`,
    ),
    deleteToken: db.prepare('DELETE FROM tokens WHERE id = ?'),

    session: db.prepare<[string], BrowserSession>(
      'SELECT hash, token_id AS tokenId, expires_at_ms AS expiresAtMs FROM sessions WHERE hash = ?',
    ),
    putSession: db.prepare<BrowserSession>(
      `INSERT INTO sessions (hash, token_id, expires_at_ms)
       SELECT @hash, id, @expiresAtMs FROM tokens WHERE id = @tokenId
       ON CONFLICT (hash) DO UPDATE SET expires_at_ms = excluded.expires_at_ms`,
    ),
    deleteSession: db.prepare<[string]>('DELETE FROM sessions WHERE hash = ?'),
    deleteEndedSessions: db.prepare<[number]>('DELETE FROM sessions WHERE expires_at_ms <= ?'),
    deleteFirstEndingSessions: db.prepare<{ tokenId: string; most: number }>(
      `DELETE FROM sessions WHERE hash IN (
         SELECT hash FROM sessions WHERE token_id = @tokenId
         ORDER BY expires_at_ms DESC, rowid DESC LIMIT -1 OFFSET @most)`,
    ),

    putKey: db.prepare<EntryKeyRow>(
      `INSERT INTO entry_keys (code, serial, created_at_ms, expires_at_steady_ms, asker_salt,
         asker_hash, claimed_by, claimed_at_ms)
       VALUES (@code, @serial, @createdAtMs, @expiresAtSteadyMs, @askerSalt, @askerHash, @claimedBy,
         @claimedAtMs)
       ON CONFLICT (code) DO UPDATE SET expires_at_steady_ms = excluded.expires_at_steady_ms,
         asker_salt = excluded.asker_salt, asker_hash = excluded.asker_hash,
         claimed_by = excluded.claimed_by, claimed_at_ms = excluded.claimed_at_ms
       WHERE serial = excluded.serial`,
    ),

    putPassword: db.prepare(
      `INSERT OR REPLACE INTO device_pins (serial, salt, hash, pinned_at_ms, other_seen_at_ms)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    deletePassword: db.prepare('DELETE FROM device_pins WHERE serial = ?'),

    integration: db
      .prepare<[string], string>('SELECT config FROM integrations WHERE name = ?')
      .pluck(),
    putIntegration: db.prepare(
      `INSERT INTO integrations (name, config, updated_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE
       SET config = excluded.config, updated_at_ms = excluded.updated_at_ms`,
    ),
    deleteIntegration: db.prepare('DELETE FROM integrations WHERE name = ?'),

    matterValues: db.prepare<[], { name: string; value: string }>(
      'SELECT name, value FROM matter_values',
    ),
    putMatterValue: db.prepare<[string, string]>(
      'INSERT OR REPLACE INTO matter_values VALUES (?, ?)',
    ),
    deleteMatterValue: db.prepare<[string]>('DELETE FROM matter_values WHERE name = ?'),

    /** Of the process that wrote the steady times. */
    clockRecord: db.prepare<[], ClockRecord>(
      `SELECT ahead_ms AS aheadMs, boot_id AS bootId, boot_at_steady_ms AS bootAtSteadyMs
       FROM wall_clock`,
    ),
    putClockRecord: db.prepare<[ClockRecord]>(
      `INSERT OR REPLACE INTO wall_clock (id, ahead_ms, boot_id, boot_at_steady_ms)
       VALUES (1, @aheadMs, @bootId, @bootAtSteadyMs)`,
    ),
  }
}

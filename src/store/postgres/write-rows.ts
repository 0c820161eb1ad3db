import { NleError } from '../../errors.ts'
import { isUnknownType } from '../../protocol/bucket.ts'
import type { DeviceRecord, ThermostatState } from '../../protocol/thermostat/state.ts'
import type { NetWrites } from './net-writes.ts'
import type { Query } from './pools.ts'
import { changeRow, keyRow, thermostatRow } from './records.ts'
import { addUsers } from './users.ts'

/**
 * Writes what decisions about several thermostats write, inside a transaction.
 *
 * @param mark - what else is written in it, when the versions are known
 * @returns the new versions, 0 for one that was removed; those that somebody else wrote meanwhile are missing, and
 * nothing of them is written
 */
export async function writeRows(
  query: Query,
  batch: readonly NetWrites[],
  mark: (versions: ReadonlyMap<string, number>) => Promise<void> = async () => {},
): Promise<Map<string, number>> {
  const removed = batch.filter(({ isRemoved }) => isRemoved)
  const present = batch.filter(({ isRemoved, state }) => !isRemoved && state.device !== undefined)
  const written = [
    ...(await update(
      query,
      present.filter(({ version }) => version !== undefined),
    )),
    ...(await insert(
      query,
      present.filter(({ version }) => version === undefined),
    )),
  ]
  const versions = new Map(written.map(({ serial, version }) => [serial, version]))
  for (const serial of await remove(query, removed)) versions.set(serial, 0)
  // Without a thermostat on file a row of it is refused by its reference.
  const kept = batch.filter(
    ({ serial, isRemoved, state }) =>
      !isRemoved && (versions.has(serial) || state.device === undefined),
  )
  await Promise.all([
    putUsers(query, kept),
    putKeys(query, kept),
    putBuckets(query, kept),
    putChanges(query, kept),
    mark(versions),
  ])
  return versions
}

interface Written {
  readonly serial: string
  readonly version: number
}

/** Writes the thermostats whose version is still the one that was decided on. Locks in the order of serials. */
async function update(query: Query, known: readonly NetWrites[]): Promise<Written[]> {
  if (known.length === 0) return []
  return query<Written>(
    `WITH r AS (
       SELECT u.* FROM ${ROWS} JOIN thermostats t ON t.serial = u.serial AND t.version = u.version
       ORDER BY t.serial FOR UPDATE OF t)
     UPDATE thermostats t SET version = nextval('versions'),
       last_seen_at_ms = greatest(t.last_seen_at_ms, r.seen), user_id = r.user_id,
       owned_at_ms = r.owned, record = r.record, password = r.password
     FROM r WHERE t.serial = r.serial
     RETURNING t.serial, t.version`,
    columnsOf(known),
  )
}

/** Adds thermostats that were not on file, and still are not. */
async function insert(query: Query, added: readonly NetWrites[]): Promise<Written[]> {
  if (added.length === 0) return []
  return query<Written>(
    `INSERT INTO thermostats
       (serial, version, last_seen_at_ms, user_id, owned_at_ms, record, password, met_at_ms)
     SELECT serial, nextval('versions'), seen, user_id, owned, record, password, met FROM ${ROWS}
     ORDER BY serial
     ON CONFLICT (serial) DO NOTHING RETURNING serial, version`,
    columnsOf(added),
  )
}

/** Removes the thermostats that nobody has written since they were loaded, and returns their serials. */
async function remove(query: Query, removed: readonly NetWrites[]): Promise<string[]> {
  if (removed.length === 0) return []
  const rows = await query<Written>(
    'SELECT serial, version FROM thermostats WHERE serial = ANY ($1::text[]) ORDER BY serial FOR UPDATE',
    [removed.map(({ serial }) => serial)],
  )
  const onFile = new Map(rows.map(({ serial, version }) => [serial, version]))
  const serials = removed
    .filter(({ serial, version }) => onFile.get(serial) === version)
    .map(({ serial }) => serial)
  await query('DELETE FROM thermostats WHERE serial = ANY ($1::text[])', [serials])
  return serials
}

/** Rows of the table of thermostats, made of `columnsOf`. */
const ROWS = `unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
  $6::text[], $7::text[], $8::bigint[])
  AS u (serial, version, seen, user_id, owned, record, password, met)`

function columnsOf(batch: readonly NetWrites[]): unknown[] {
  const rows = batch.map(({ state }) =>
    thermostatRow(state as ThermostatState & { readonly device: DeviceRecord }),
  )
  return [
    rows.map(({ serial }) => serial),
    batch.map(({ version }) => version ?? null),
    rows.map(({ lastSeenAtMs }) => lastSeenAtMs),
    rows.map(({ userId }) => userId),
    rows.map(({ ownedAtMs }) => ownedAtMs),
    rows.map(({ record }) => record),
    rows.map(({ password }) => password),
    batch.map(({ state }) => Math.floor(state.device?.firstSeenAtMs ?? 0)),
  ]
}

async function putUsers(query: Query, kept: readonly NetWrites[]): Promise<void> {
  const owners = kept.flatMap(({ owner }) => owner ?? [])
  const users = owners.map(({ userId, createdAtMs }) => ({ userId, createdAtMs, email: undefined }))
  if (users.length > 0) await addUsers(query, users)
}

async function putKeys(query: Query, kept: readonly NetWrites[]): Promise<void> {
  const deleted = kept.flatMap(({ deletedKeys }) => [...deletedKeys])
  if (deleted.length > 0) {
    await query('DELETE FROM entry_keys WHERE code = ANY ($1::text[])', [deleted])
  }
  const rows = kept.flatMap(({ keys }) => [...keys.values()].map(keyRow))
  if (rows.length === 0) return
  const written = await query(
    `INSERT INTO entry_keys AS k (code, serial, expires_at_steady_ms, claimed_at_ms, record)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
     ON CONFLICT (code) DO UPDATE SET expires_at_steady_ms = excluded.expires_at_steady_ms,
       claimed_at_ms = excluded.claimed_at_ms, record = excluded.record
     WHERE k.serial = excluded.serial
     RETURNING code`,
    [
      rows.map(({ code }) => code),
      rows.map(({ serial }) => serial),
      rows.map(({ expiresAtSteadyMs }) => expiresAtSteadyMs),
      rows.map(({ claimedAtMs }) => claimedAtMs),
      rows.map(({ record }) => record),
    ],
  )
  if (written.length < rows.length) {
    throw new NleError('store', 'The code was given to another thermostat.')
  }
}

async function putBuckets(query: Query, kept: readonly NetWrites[]): Promise<void> {
  const deleted = kept.flatMap(({ serial, deletedBuckets }) =>
    [...deletedBuckets].map((objectKey) => ({ serial, objectKey })),
  )
  if (deleted.length > 0) {
    await query(
      `DELETE FROM buckets b USING unnest($1::text[], $2::text[]) AS d (serial, object_key)
       WHERE b.serial = d.serial AND b.object_key = d.object_key`,
      [deleted.map(({ serial }) => serial), deleted.map(({ objectKey }) => objectKey)],
    )
  }
  const rows = kept.flatMap(({ serial, buckets }) =>
    [...buckets.values()].map(({ bucket, text }) => ({ serial, ...bucket, text })),
  )
  if (rows.length === 0) return
  await query(
    `INSERT INTO buckets (serial, object_key, revision, timestamp, is_unknown, value)
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[],
       $6::text[])
     ON CONFLICT (serial, object_key) DO UPDATE
     SET revision = excluded.revision, timestamp = excluded.timestamp, value = excluded.value`,
    [
      rows.map(({ serial }) => serial),
      rows.map(({ objectKey }) => objectKey),
      rows.map(({ revision }) => revision),
      rows.map(({ timestamp }) => timestamp),
      rows.map(({ objectKey }) => isUnknownType(objectKey)),
      rows.map(({ text }) => text),
    ],
  )
}

async function putChanges(query: Query, kept: readonly NetWrites[]): Promise<void> {
  const rows = kept.flatMap(({ changes }) => [...changes.values()].map(changeRow))
  if (rows.length === 0) return
  await query(
    `INSERT INTO changes (id, command_id, serial, kind, state, settled, expires_at_steady_ms,
       ended_at_ms, fields, record)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
       $6::boolean[], $7::bigint[], $8::bigint[], $9::text[], $10::text[])
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, settled = excluded.settled,
       ended_at_ms = excluded.ended_at_ms, fields = excluded.fields, record = excluded.record`,
    [
      rows.map(({ id }) => id),
      rows.map(({ commandId }) => commandId),
      rows.map(({ serial }) => serial),
      rows.map(({ kind }) => kind),
      rows.map(({ state }) => state),
      rows.map(({ settled }) => settled),
      rows.map(({ expiresAtSteadyMs }) => expiresAtSteadyMs),
      rows.map(({ endedAtMs }) => endedAtMs),
      rows.map(({ fields }) => fields),
      rows.map(({ record }) => record),
    ],
  )
}

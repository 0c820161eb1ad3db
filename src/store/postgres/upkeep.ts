import type { ChangeKind } from '../../protocol/delivery/change.ts'
import type { LastSeen } from '../shared-store.ts'
import type { PruneLimits } from '../store.ts'
import type { Query } from './pools.ts'

// Work on many thermostats at once. What is part of a state moves its version on, so that no process goes on with
// the state as it was.

type Changed = Map<string, number>

/** A claimed key stays until a newer claim (`P7`); a thermostat with an open key stays until it ends. */
export async function prune(
  query: Query,
  limits: PruneLimits,
): Promise<{ result: string[]; changed: Changed }> {
  const { least, most, mostBytes } = limits.keepChanges
  const keys = await query<{ serial: string }>(
    `DELETE FROM entry_keys k WHERE (claimed_at_ms IS NULL AND expires_at_steady_ms < $1)
       OR (claimed_at_ms IS NOT NULL AND claimed_at_ms < (
         SELECT max(newer.claimed_at_ms) FROM entry_keys newer WHERE newer.serial = k.serial))
     RETURNING serial`,
    [Math.floor(limits.keysExpiredBeforeSteadyMs)],
  )
  const old = await query<{ serial: string }>(
    `WITH ranked AS (
       SELECT id, ended_at_ms, row_number() OVER (PARTITION BY serial ORDER BY id DESC) AS own,
         row_number() OVER (ORDER BY id DESC) AS place,
         sum(octet_length(fields)) OVER (PARTITION BY serial ORDER BY id DESC) AS bytes
       FROM changes)
     DELETE FROM changes c USING ranked r WHERE r.id = c.id AND c.ended_at_ms IS NOT NULL AND (
       (r.own > $1 AND (c.ended_at_ms < $3 OR r.place > $2)) OR r.bytes > $4)
     RETURNING c.serial`,
    [least, most, Math.floor(limits.changesEndedBeforeMs), mostBytes],
  )
  const silent = await query<{ serial: string }>(
    `DELETE FROM thermostats t WHERE user_id IS NULL AND last_seen_at_ms < $1
       AND NOT EXISTS (SELECT 1 FROM entry_keys k WHERE k.serial = t.serial
         AND claimed_at_ms IS NULL AND expires_at_steady_ms > $2)
       AND NOT EXISTS (SELECT 1 FROM buckets b WHERE b.serial = t.serial
         AND object_key NOT LIKE 'device\\_alert\\_dialog.%')
     RETURNING serial`,
    [Math.floor(limits.silentSinceMs), Math.floor(limits.nowSteadyMs)],
  )
  await query(`DELETE FROM processes WHERE seen_at < now() - interval '1 day'`)
  await query('DELETE FROM counts WHERE ends_at_ms < $1', [Math.floor(limits.nowSteadyMs)])
  const changed = await moveOn(query, [...keys, ...old])
  for (const { serial } of silent) changed.set(serial, 0)
  return { result: silent.map(({ serial }) => serial), changed }
}

/** Shortens what expires later than these times. */
export async function clampExpiry(
  query: Query,
  keySteadyMs: number,
  changeSteadyMs: ReadonlyMap<ChangeKind, number>,
): Promise<{ result: undefined; changed: Changed }> {
  const shortened = await query<{ serial: string }>(
    `UPDATE entry_keys SET expires_at_steady_ms = $1
     WHERE claimed_at_ms IS NULL AND expires_at_steady_ms > $1 RETURNING serial`,
    [Math.floor(keySteadyMs)],
  )
  for (const [kind, latestMs] of changeSteadyMs) {
    const changes = await query<{ serial: string }>(
      `UPDATE changes SET expires_at_steady_ms = $2
       WHERE NOT settled AND kind = $1 AND expires_at_steady_ms > $2 RETURNING serial`,
      [kind, Math.floor(latestMs)],
    )
    shortened.push(...changes)
  }
  return { result: undefined, changed: await moveOn(query, shortened) }
}

async function moveOn(query: Query, rows: readonly { serial: string }[]): Promise<Changed> {
  const serials = [...new Set(rows.map(({ serial }) => serial))]
  if (serials.length === 0) return new Map()
  const moved = await query<{ serial: string; version: number }>(
    `UPDATE thermostats SET version = nextval('versions') WHERE serial = ANY ($1::text[])
     RETURNING serial, version`,
    [serials],
  )
  return new Map(moved.map(({ serial, version }) => [serial, version]))
}

/** Notes when thermostats were heard of. Their versions stay: nothing is decided by it. */
export async function recordSeen(query: Query, seen: ReadonlyMap<string, LastSeen>): Promise<void> {
  if (seen.size === 0) return
  const contacts = [...seen.values()]
  await query(
    `UPDATE thermostats t SET last_seen_at_ms = s.at_ms, network = coalesce(s.network, t.network)
     FROM (SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS u (serial, at_ms, network)) s
     WHERE t.serial = s.serial
       AND (t.last_seen_at_ms < s.at_ms OR t.last_seen_at_ms = s.at_ms AND t.network IS NULL)`,
    [
      [...seen.keys()],
      contacts.map(({ atMs }) => Math.floor(atMs)),
      contacts.map(({ network }) => network ?? null),
    ],
  )
}

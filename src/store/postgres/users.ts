import { type Account, MAX_USERS } from '../store.ts'
import type { Query } from './pools.ts'

/**
 * Puts users on file, and deletes the oldest ones without a thermostat that are too many: any client can make them up.
 *
 * @returns the ids of those that are new
 */
export async function addUsers(query: Query, users: readonly Account[]): Promise<Set<string>> {
  // In one order, so that two processes do not wait for each other. Of several with one id the first counts.
  const rows = [...new Map([...users].reverse().map((each) => [each.userId, each])).values()]
  const added = await query<{ id: string }>(
    `INSERT INTO users (user_id, created_at_ms, email)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS u (user_id, created, email)
     ORDER BY u.user_id
     ON CONFLICT DO NOTHING RETURNING user_id AS id`,
    [
      rows.map(({ userId }) => userId),
      rows.map(({ createdAtMs }) => Math.floor(createdAtMs)),
      // JSON, as any text of a client.
      rows.map(({ email }) => (email === undefined ? null : JSON.stringify(email))),
    ],
  )
  if (added.length > 0) await forgetUsers(query, rows)
  return new Set(added.map(({ id }) => id))
}

/** Beside many owners there is still room for half as many others as a household may have. */
async function forgetUsers(query: Query, keep: readonly Account[]): Promise<void> {
  await query(
    `WITH others AS (
       SELECT user_id, position, created_at_ms FROM users u
       WHERE NOT EXISTS (SELECT 1 FROM thermostats t WHERE t.user_id = u.user_id)),
     room AS (
       SELECT greatest($2 - ((SELECT count(*) FROM users) - (SELECT count(*) FROM others)), $2 / 2) AS places)
     DELETE FROM users WHERE user_id IN (
       SELECT user_id FROM others WHERE user_id <> ALL ($1::text[])
       ORDER BY created_at_ms, position
       LIMIT greatest(0, (SELECT count(*) FROM others) - (SELECT places FROM room)))`,
    [keep.map(({ userId }) => userId), MAX_USERS],
  )
}

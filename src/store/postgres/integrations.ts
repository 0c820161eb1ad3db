import type { JsonObject } from '../../protocol/bucket.ts'
import type { Query } from './pools.ts'

/** Sets or deletes the settings of an integration; returns whether there were any before. */
export async function putIntegration(
  query: Query,
  name: string,
  config: JsonObject | undefined,
  wallMs: number,
): Promise<boolean> {
  if (config === undefined) {
    const deleted = await query('DELETE FROM integrations WHERE name = $1 RETURNING name', [name])
    return deleted.length > 0
  }
  const [row] = await query<{ wasSet: boolean }>(
    `INSERT INTO integrations (name, config, updated_at_ms) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE
     SET config = excluded.config, updated_at_ms = excluded.updated_at_ms
     RETURNING xmax <> 0 AS "wasSet"`,
    [name, JSON.stringify(config), Math.floor(wallMs)],
  )
  return row?.wasSet === true
}

import { NleError } from '../../errors.ts'
import { VERSION } from '../../version.ts'
import { HISTORY_SCHEMA } from './history-schema.ts'
import type { Connections, Query } from './pools.ts'

export interface SchemaStep {
  readonly name: string
  /**
   * The oldest schema whose programs can work with this one: while servers are replaced one after another, the
   * version before has to go on.
   */
  readonly since: number
  readonly sql: string
}

/** Any number, the same in each nle: it keeps two processes from changing the schema at once. */
const SCHEMA_LOCK = 7_363_401

/**
 * The schema, step by step. Steps are never changed, only added; each runs once. What queries look for has columns;
 * the rest of a row is one JSON text (`record`), because PostgreSQL's own JSON and plain text refuse characters that
 * thermostats may send. Times ending in `_at_ms` are wall clock.
 *
 * Servers are updated one after the other, so the version before works on beside each step: a step only adds tables,
 * and columns that may be left out. What is no longer used goes in a step of a later version.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  {
    name: 'thermostats, pairing, changes and what processes share',
    since: 1,
    sql: `
      -- Each commit gives a thermostat the next one, which no thermostat ever had: not even one of its serial that
      -- was removed meanwhile.
      CREATE SEQUENCE versions;

      -- Rows are updated all day: with room in their page no index has to be.
      CREATE TABLE thermostats (
        serial text COLLATE "C" PRIMARY KEY,
        version bigint NOT NULL,
        last_seen_at_ms bigint NOT NULL,
        user_id text COLLATE "C",
        owned_at_ms bigint,
        record text NOT NULL,
        password text
      ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
      CREATE INDEX thermostats_by_user ON thermostats (user_id) WHERE user_id IS NOT NULL;
      CREATE INDEX thermostats_unpaired ON thermostats (serial) WHERE user_id IS NULL;

      CREATE TABLE buckets (
        serial text COLLATE "C" NOT NULL REFERENCES thermostats ON DELETE CASCADE,
        object_key text COLLATE "C" NOT NULL,
        revision bigint NOT NULL,
        timestamp bigint NOT NULL,
        is_unknown boolean NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (serial, object_key)
      ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
      CREATE INDEX buckets_unknown ON buckets (serial) WHERE is_unknown;

      CREATE TABLE entry_keys (
        code text COLLATE "C" PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        serial text COLLATE "C" NOT NULL REFERENCES thermostats ON DELETE CASCADE,
        expires_at_steady_ms bigint NOT NULL,
        claimed_at_ms bigint,
        record text NOT NULL
      );
      CREATE INDEX entry_keys_by_serial ON entry_keys (serial);

      CREATE TABLE changes (
        id bigint PRIMARY KEY,
        command_id bigint NOT NULL,
        serial text COLLATE "C" NOT NULL REFERENCES thermostats ON DELETE CASCADE,
        kind text NOT NULL,
        state text NOT NULL,
        settled boolean NOT NULL,
        expires_at_steady_ms bigint,
        ended_at_ms bigint,
        fields text NOT NULL,
        record text NOT NULL
      );
      CREATE INDEX changes_tracked ON changes (serial) WHERE NOT settled;
      CREATE INDEX changes_by_command ON changes (command_id);
      CREATE INDEX changes_by_serial ON changes (serial, id);

      CREATE TABLE users (
        user_id text COLLATE "C" PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        created_at_ms bigint NOT NULL,
        email text
      );
      CREATE TABLE tokens (
        id text COLLATE "C" PRIMARY KEY,
        created_at_ms bigint NOT NULL,
        record text NOT NULL
      );
      CREATE TABLE sessions (
        hash text PRIMARY KEY,
        position bigint GENERATED ALWAYS AS IDENTITY,
        token_id text COLLATE "C" NOT NULL REFERENCES tokens ON DELETE CASCADE,
        expires_at_ms bigint NOT NULL
      );
      CREATE INDEX sessions_by_token ON sessions (token_id, expires_at_ms);
      CREATE TABLE integrations (
        name text PRIMARY KEY,
        config text NOT NULL,
        updated_at_ms bigint NOT NULL
      );
      CREATE TABLE matter_values (
        name text PRIMARY KEY,
        value text NOT NULL
      );

      -- One row for each process: the number of its last batch is written in the transaction of that batch, so that
      -- the process can look up whether a commit happened.
      CREATE TABLE processes (
        id text PRIMARY KEY,
        batch bigint NOT NULL,
        server text,
        seen_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 50);
      CREATE TABLE counters (
        name text PRIMARY KEY,
        value bigint NOT NULL
      );
      INSERT INTO counters VALUES ('changes', 0);
      -- How often a job was given to a process.
      CREATE TABLE epochs (
        job text PRIMARY KEY,
        epoch bigint NOT NULL
      );
      -- Lost with a crash, which is harmless.
      CREATE UNLOGGED TABLE counts (
        key text NOT NULL,
        began_at_ms bigint NOT NULL,
        ends_at_ms bigint NOT NULL,
        value bigint NOT NULL,
        PRIMARY KEY (key, began_at_ms)
      );
      -- The clock of all processes is ahead of that of the machine when an earlier machine was further.
      CREATE TABLE clock (
        id integer PRIMARY KEY CHECK (id = 1),
        ahead_ms bigint NOT NULL,
        latest_ms bigint NOT NULL
      ) WITH (fillfactor = 20);
      INSERT INTO clock VALUES (1, 0, 0);
    `,
  },
  {
    name: 'history, and the networks of thermostats, which share the places for unpaired ones',
    since: 1,
    sql: `${HISTORY_SCHEMA}
      ALTER TABLE thermostats ADD COLUMN network text;
    `,
  },
]

/**
 * Runs the missing steps; of several processes that start at once, one does.
 *
 * @param steps - those that this program knows
 * @throws NleError `unfit` for a database of a newer nle that this one cannot work with
 */
export async function prepareSchema(connections: Connections, steps = SCHEMA_STEPS): Promise<void> {
  const known = await versions(connections)
  refuseNewer(known, steps.length)
  if (known.version >= steps.length) return
  await connections.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
    await query(`CREATE TABLE IF NOT EXISTS schema_history (
      version integer PRIMARY KEY, since integer NOT NULL, name text NOT NULL,
      nle_version text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`)
    const [now] = await query<SchemaVersions>(VERSIONS)
    for (const [index, { name, since, sql }] of steps.entries()) {
      const version = index + 1
      if (version <= (now?.version ?? 0)) continue
      await query(sql)
      await record(query, version, since, name)
    }
  })
}

async function record(query: Query, version: number, since: number, name: string): Promise<void> {
  await query(
    'INSERT INTO schema_history (version, since, name, nle_version) VALUES ($1, $2, $3, $4)',
    [version, since, name, VERSION],
  )
}

interface SchemaVersions {
  readonly version: number
  readonly since: number
  /** The newest nle that has changed the schema; null without any. */
  readonly nle: string | null
}

const NO_SCHEMA: SchemaVersions = { version: 0, since: 0, nle: null }

const VERSIONS = `SELECT coalesce(max(version), 0) AS version, coalesce(max(since), 0) AS since,
    (array_agg(nle_version ORDER BY version DESC))[1] AS nle
  FROM schema_history`

async function versions(connections: Connections): Promise<SchemaVersions> {
  const [table] = await connections.readAtOnce<{ name: string | null }>(
    `SELECT to_regclass('schema_history')::text AS name`,
  )
  if (table?.name == null) return NO_SCHEMA
  const [row] = await connections.readAtOnce<SchemaVersions>(VERSIONS)
  return row ?? NO_SCHEMA
}

function refuseNewer({ since, nle }: SchemaVersions, known: number): void {
  if (since <= known) return
  throw new NleError(
    'unfit',
    `The database was brought up to date by nle ${nle}, and nle ${VERSION} is too old to work with it. Nothing was changed. Update nle on this machine.`,
  )
}

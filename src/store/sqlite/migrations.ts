/** One step of the schema. Steps are never changed, only added; each runs once, in one transaction. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/**
 * The schema, step by step: `user_version` of the database counts the steps it has.
 *
 * Times ending in `_at_ms` are wall clock; `…_steady_ms` are on the steady clock (protocol/now.ts).
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'devices, buckets, pairing and changes',
    sql: `
      CREATE TABLE schema_history (
        version INTEGER PRIMARY KEY,
        nle_version TEXT NOT NULL,
        applied_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE devices (
        serial TEXT PRIMARY KEY,
        model TEXT,
        mac_address TEXT,
        software_version TEXT,
        structure_key TEXT,
        first_seen_at_ms INTEGER NOT NULL,
        last_seen_at_ms INTEGER NOT NULL
      ) STRICT;

      -- A rowid table on purpose: a bucket that fits a page is rewritten in that one page, and the
      -- index over the key stays untouched.
      CREATE TABLE buckets (
        id INTEGER PRIMARY KEY,
        serial TEXT NOT NULL REFERENCES devices (serial) ON DELETE CASCADE,
        object_key TEXT NOT NULL,
        revision INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        value TEXT NOT NULL,
        UNIQUE (serial, object_key)
      ) STRICT;

      CREATE TABLE users (
        user_id TEXT PRIMARY KEY,
        email TEXT,
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE owners (
        serial TEXT PRIMARY KEY REFERENCES devices (serial) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (user_id),
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE entry_keys (
        code TEXT PRIMARY KEY,
        serial TEXT NOT NULL REFERENCES devices (serial) ON DELETE CASCADE,
        created_at_ms INTEGER NOT NULL,
        expires_at_steady_ms INTEGER NOT NULL,
        claimed_by TEXT,
        claimed_at_ms INTEGER
      ) STRICT;
      CREATE INDEX entry_keys_by_serial ON entry_keys (serial);

      CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        command_id INTEGER NOT NULL,
        serial TEXT NOT NULL REFERENCES devices (serial) ON DELETE CASCADE,
        command TEXT NOT NULL,
        object_key TEXT NOT NULL,
        fields TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        sends INTEGER NOT NULL,
        push_revision INTEGER,
        push_timestamp INTEGER,
        push_stamped_at_ms INTEGER,
        since_revision INTEGER,
        since_timestamp INTEGER,
        created_at_ms INTEGER NOT NULL,
        expires_at_steady_ms INTEGER,
        sent_at_ms INTEGER,
        sent_at_steady_ms INTEGER,
        ended_at_ms INTEGER,
        reason TEXT,
        settled INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX changes_tracked ON changes (serial) WHERE settled = 0;
      CREATE INDEX changes_by_command ON changes (command_id);
      CREATE INDEX changes_by_serial ON changes (serial, id);

      -- The process that serves this database, so that the command line finds it on any port.
      CREATE TABLE server (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        pid INTEGER NOT NULL,
        device_url TEXT NOT NULL,
        control_url TEXT NOT NULL,
        started_at_ms INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'settings of integrations',
    sql: `
      CREATE TABLE integrations (
        name TEXT PRIMARY KEY,
        config TEXT NOT NULL,
        updated_at_ms INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'tokens of the control API, and passwords of thermostats',
    sql: `
      CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        created_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER
      ) STRICT;

      CREATE TABLE device_pins (
        serial TEXT PRIMARY KEY REFERENCES devices (serial) ON DELETE CASCADE,
        salt TEXT NOT NULL,
        hash TEXT NOT NULL,
        pinned_at_ms INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'the offset of the wall clock',
    sql: `
      CREATE TABLE wall_clock (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        ahead_ms INTEGER NOT NULL
      ) STRICT;
    `,
  },
  {
    name: 'what polls of transport v3 have pushed of the pairing, and the uploads that are missing',
    sql: `
      ALTER TABLE devices ADD COLUMN polled_pairing TEXT;
      -- A JSON list of object keys; null for none.
      ALTER TABLE devices ADD COLUMN awaited_uploads TEXT;
    `,
  },
  {
    name: 'how long a password is known, which thermostats are pinned, and who asked for a code',
    sql: `
      -- The passwords of all paired thermostats, pinned or not; pinned_at_ms is when each was first used.
      ALTER TABLE device_pins ADD COLUMN other_seen_at_ms INTEGER;
      ALTER TABLE devices ADD COLUMN is_pinned INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE entry_keys ADD COLUMN asker_salt TEXT;
      ALTER TABLE entry_keys ADD COLUMN asker_hash TEXT;
    `,
  },
  {
    name: 'the boot in which the steady times were written',
    sql: `
      ALTER TABLE wall_clock ADD COLUMN boot_id TEXT;
      ALTER TABLE wall_clock ADD COLUMN boot_at_steady_ms INTEGER;
    `,
  },
  {
    name: 'the names that people give thermostats here',
    sql: `
      -- A JSON object: the name, and the one that the thermostat itself had; null for none.
      ALTER TABLE devices ADD COLUMN given_name TEXT;
    `,
  },
  {
    name: 'the sessions of browsers',
    sql: `
      CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        token_id TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
        expires_at_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX sessions_by_token ON sessions (token_id, expires_at_ms);
    `,
  },
  {
    name: 'what the Matter bridge keeps',
    sql: `
      CREATE TABLE matter_values (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
]

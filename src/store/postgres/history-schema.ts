/** What thermostats did, change by change. */
export const CHUNKS = 'history_chunks'
/** Sums of hours and days. */
export const SUMMARIES = 'history_summaries'

/**
 * The tables of the history. Both are by month, so that what is old goes with its table, without a dead row: sums too,
 * because somebody may keep them for weeks only.
 */
export const HISTORY_SCHEMA = `
  -- When a thermostat was put on file, so that no process writes into its history what one of the same serial did that
  -- was deleted. Null for one that was there before, and for one that was copied with its history.
  ALTER TABLE thermostats ADD COLUMN met_at_ms bigint;

  CREATE SEQUENCE history_writers AS integer;
  -- One that comes back after it was deleted gets another id, with which nothing was written yet.
  CREATE TABLE history_thermostats (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text COLLATE "C" NOT NULL UNIQUE REFERENCES thermostats ON DELETE CASCADE
  );
  -- Ids whose rows wait to be deleted.
  CREATE TABLE history_left (id integer PRIMARY KEY);
  CREATE FUNCTION note_history_left() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO history_left VALUES (OLD.id);
      RETURN NULL;
    END $$;
  CREATE TRIGGER note_left AFTER DELETE ON history_thermostats
    FOR EACH ROW EXECUTE FUNCTION note_history_left();

  -- Two processes may write about the same thermostat, so each has its own rows.
  CREATE TABLE ${CHUNKS} (
    thermostat integer NOT NULL,
    writer integer NOT NULL,
    from_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    readings bytea NOT NULL,
    PRIMARY KEY (thermostat, from_ms, writer)
  ) PARTITION BY RANGE (from_ms);
  CREATE TABLE ${SUMMARIES} (
    thermostat integer NOT NULL,
    from_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    slot_ms bigint NOT NULL,
    totals bytea NOT NULL,
    PRIMARY KEY (thermostat, from_ms)
  ) PARTITION BY RANGE (from_ms);
`

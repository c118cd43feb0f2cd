-- Copies of this installation's tables in somebody's warehouse.

-- The transaction that appended the event: what a later export has not seen yet is told by it, exactly, however late
-- that transaction committed and whatever any clock said.
ALTER TABLE event ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX event_by_writing ON event USING brin (written_in) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE export (
  export_id   uuid PRIMARY KEY,
  name        text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('postgresql', 'bigquery')),
  -- Where to: everything but the secret.
  destination jsonb NOT NULL,
  -- Password or service account key, sealed with the installation's key.
  secret      bytea NOT NULL,
  tables      text[] NOT NULL,
  -- Whether `contacts` and `devices` have the column with the site's own id. Exports older than the column: not yet.
  external_id boolean NOT NULL,
  interval_minutes integer NOT NULL CHECK (interval_minutes > 0),
  paused_at   timestamptz,
  -- The next run comes without waiting; `all_again`: and compares every row. Null: no one asked.
  asked_at    timestamptz,
  all_again   boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL
);

-- What became of each run. Kept for good: a row an interval.
CREATE TABLE export_run (
  run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  export_id   uuid NOT NULL REFERENCES export ON DELETE CASCADE,
  reason      text NOT NULL CHECK (reason IN ('schedule', 'asked')),
  state       text NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted')),
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  -- For each table: rows read, written and removed, and whether all of it was compared.
  tables      jsonb NOT NULL DEFAULT '[]',
  bytes       bigint NOT NULL DEFAULT 0,
  -- Changes of the destination's tables.
  notes       jsonb NOT NULL DEFAULT '[]',
  error       jsonb
);
CREATE INDEX export_run_by_export ON export_run (export_id, run_id DESC);

-- Stretches of history that were erased here and still have to be at a destination. A row lives until the next run of
-- its export, or as long as the export itself.
CREATE TABLE export_erasure (
  export_erasure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  export_id   uuid NOT NULL REFERENCES export ON DELETE CASCADE,
  source_kind source_kind NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL
);
CREATE INDEX export_erasure_by_export ON export_erasure (export_id);

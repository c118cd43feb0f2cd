-- Files of contacts: uploaded, mapped, checked, run.

CREATE TABLE import (
  import_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state         text NOT NULL CHECK (state IN
    ('uploading', 'ready', 'checking', 'checked', 'running', 'finished', 'cancelled', 'failed')),
  file_name     text NOT NULL,
  -- Null: a stream that has not ended.
  file_size     bigint,
  -- `admin:login`, `key:id` …: on whose word everything happens.
  actor         text NOT NULL,
  created_at    timestamptz NOT NULL,
  touched_at    timestamptz NOT NULL,
  -- How the file is read, and what was found out about it while it came.
  format        jsonb,
  columns       jsonb NOT NULL DEFAULT '[]',
  settings      jsonb,
  is_remembered boolean NOT NULL DEFAULT false,
  -- Rows of the file that the check or the run has done, in the transaction of their effect: where it goes on.
  rows_done     bigint NOT NULL DEFAULT 0,
  rows_total    bigint,
  rows_per_second real,
  counts        jsonb NOT NULL DEFAULT '{}',
  -- What the check said. Samples hold personal data and go with the file.
  checked       jsonb,
  samples       jsonb NOT NULL DEFAULT '[]',
  error         text,
  started_at    timestamptz,
  finished_at   timestamptz
);
CREATE INDEX import_waiting ON import (import_id) WHERE state IN ('checking', 'running');
CREATE INDEX import_touched ON import (touched_at);

-- The file, where every process can read it; gone as soon as the import has ended.
CREATE TABLE import_part (
  import_id integer NOT NULL REFERENCES import ON DELETE CASCADE,
  part      integer NOT NULL,
  bytes     bytea NOT NULL,
  PRIMARY KEY (import_id, part)
);
ALTER TABLE import_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Rows of which something has to be said: `failure` left the row out, `note` did not.
CREATE TABLE import_problem (
  import_id integer NOT NULL REFERENCES import ON DELETE CASCADE,
  -- Counted within the import: rows are done in the order of the file, and one row may have two notes.
  number    bigint GENERATED ALWAYS AS IDENTITY,
  kind      text NOT NULL CHECK (kind IN ('failure', 'note')),
  line      bigint NOT NULL,
  result    text NOT NULL,
  code      text NOT NULL,
  column_name text,
  value     text,
  cells     text[] NOT NULL,
  -- What names a person in the row, normalised: for erasing.
  named     text[] NOT NULL,
  PRIMARY KEY (import_id, number)
);
CREATE INDEX import_problem_named ON import_problem USING gin (named);

-- How columns of these names were mapped the last time.
CREATE TABLE import_memory (
  header_hash bytea PRIMARY KEY,
  settings    jsonb NOT NULL,
  used_at     timestamptz NOT NULL
);

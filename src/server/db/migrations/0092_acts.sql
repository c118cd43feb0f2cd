-- What somebody does to many contacts at once. Whom it is about is settled when it begins, part by part; each part is one
-- transaction, and says in it what became of its contacts. Ids only: nothing here names a person.
CREATE TABLE act (
  act_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         text NOT NULL CHECK (kind IN ('join', 'leave', 'delete', 'restore')),
  state        text NOT NULL CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
  -- `named`: one by one. `matching`: everybody whom a list showed, all pages of it.
  scope        text NOT NULL CHECK (scope IN ('named', 'matching')),
  -- The list that is joined or left; its name is kept when it is gone.
  segment_id   integer,
  segment_name text,
  undoes       integer REFERENCES act,
  -- `admin:login`: on whose word it happens.
  actor        text NOT NULL,
  contacts     bigint NOT NULL,
  done         bigint NOT NULL DEFAULT 0,
  -- Contacts by what became of them.
  counts       jsonb NOT NULL DEFAULT '{}',
  error        text,
  created_at   timestamptz NOT NULL,
  touched_at   timestamptz NOT NULL,
  finished_at  timestamptz,
  CHECK ((kind IN ('join', 'leave')) = (segment_id IS NOT NULL))
);
CREATE INDEX act_waiting ON act (touched_at) WHERE state = 'running';
-- What was undone is not undone again.
CREATE UNIQUE INDEX act_undone ON act (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE act_part (
  act_id      integer NOT NULL REFERENCES act ON DELETE CASCADE,
  part        integer NOT NULL,
  contact_ids bigint[] NOT NULL,
  -- Of these, the ones that are otherwise than before: what undoing is about. Null: its turn has not come.
  changed_ids bigint[],
  PRIMARY KEY (act_id, part)
);
CREATE INDEX act_part_waiting ON act_part (act_id, part) WHERE changed_ids IS NULL;

-- Additional fields of contacts, which an installation defines for itself.

CREATE TABLE field (
  -- Never used again, so that what is left of a deleted field can never be taken for a value of another.
  field_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key            text COLLATE "C" NOT NULL,
  name           text NOT NULL,
  type           text NOT NULL CHECK (type IN ('text', 'number', 'date', 'boolean', 'choice')),
  -- What a choice takes.
  allowed_values text[],
  created_at     timestamptz NOT NULL,
  deleted_at     timestamptz,
  CHECK ((type = 'choice') = (allowed_values IS NOT NULL))
);
CREATE UNIQUE INDEX field_by_key ON field (lower(key)) WHERE deleted_at IS NULL;

-- Values by the number of their field: text, number, true or false; a day is a text like 2001-02-28.
ALTER TABLE contact ADD COLUMN fields jsonb NOT NULL DEFAULT '{}';
-- For "who has it" and "who has this value of it". Contacts without any field cost it nothing.
CREATE INDEX contact_by_fields ON contact USING gin (fields) WHERE fields <> '{}';

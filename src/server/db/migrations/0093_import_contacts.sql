-- Which contacts an import created, updated, left as they were or restored: one row for each result of a batch, so that it
-- costs an import next to nothing. Ids only. Imports from before have none.
CREATE TABLE import_contacts (
  import_id   integer NOT NULL REFERENCES import ON DELETE CASCADE,
  result      text NOT NULL,
  -- Counted within the result: batches are done in the order of the file.
  number      bigint GENERATED ALWAYS AS IDENTITY,
  contact_ids bigint[] NOT NULL,
  PRIMARY KEY (import_id, result, number)
);

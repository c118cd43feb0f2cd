-- People who were erased after a backup had been made and came back with it: they are erased again.
CREATE TABLE erasure_due (
  contact_id bigint PRIMARY KEY REFERENCES contact,
  since      timestamptz NOT NULL
);

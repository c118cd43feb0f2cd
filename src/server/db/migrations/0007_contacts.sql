-- Finding people by the beginning of a name, whatever its letter case.
CREATE INDEX contact_by_first_name ON contact (lower(first_name) text_pattern_ops) WHERE status = 'live';
CREATE INDEX contact_by_last_name ON contact (lower(last_name) text_pattern_ops) WHERE status = 'live';

-- What a call with an Idempotency-Key was answered, written in the transaction of its effect.
CREATE TABLE idempotency_key (
  -- The secret key that called: what one back end chose says nothing to another.
  key_id          text COLLATE "C" NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  -- Of method, address and body: the same key with another request is a mistake.
  fingerprint     bytea NOT NULL,
  -- Which try it is: one that was given up for dead cannot answer for a later one.
  attempt         uuid NOT NULL,
  begun_at        timestamptz NOT NULL,
  -- Null: still in flight.
  status          integer,
  content_type    text,
  body            text,
  PRIMARY KEY (key_id, idempotency_key)
);
CREATE INDEX idempotency_key_by_time ON idempotency_key (begun_at);

-- Groups of contacts. `list`: people were put there. `dynamic`: whoever meets the conditions.
CREATE TABLE segment (
  segment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  kind       text NOT NULL DEFAULT 'list' CHECK (kind IN ('list', 'dynamic')),
  created_at timestamptz NOT NULL
);
-- Rows of merged and deleted contacts stay: they count for the survivor, and again after a restore.
CREATE TABLE segment_member (
  segment_id integer NOT NULL REFERENCES segment ON DELETE CASCADE,
  contact_id bigint NOT NULL REFERENCES contact,
  since      timestamptz NOT NULL,
  PRIMARY KEY (segment_id, contact_id)
);
CREATE INDEX segment_member_by_contact ON segment_member (contact_id);

-- What a contact agreed to get: names of subscription categories.
CREATE TABLE contact_category (
  contact_id bigint NOT NULL REFERENCES contact,
  category   text NOT NULL,
  since      timestamptz NOT NULL,
  PRIMARY KEY (contact_id, category)
);

-- Uploads of many contacts: rows wait here until they are applied, in their order. Kept 30 days for the caller to ask.
CREATE TABLE bulk_session (
  session_id  uuid PRIMARY KEY,
  key_id      text COLLATE "C" NOT NULL,
  site_id     integer,
  options     jsonb NOT NULL,
  status      text NOT NULL CHECK (status IN ('STARTED', 'IMPORTING', 'FINISHED', 'ERROR')),
  received_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX bulk_session_waiting ON bulk_session (received_at) WHERE status IN ('STARTED', 'IMPORTING');
CREATE INDEX bulk_session_by_time ON bulk_session (received_at);
CREATE TABLE bulk_row (
  session_id uuid NOT NULL REFERENCES bulk_session ON DELETE CASCADE,
  row_index  integer NOT NULL,
  -- What is to be done; null once it is done, for it is personal data.
  contact    jsonb,
  result     text CHECK (result IN ('created', 'updated', 'unchanged', 'restored', 'skipped', 'failed')),
  contact_id bigint,
  external_customer_id text,
  error      text,
  PRIMARY KEY (session_id, row_index)
);
-- For erasing.
CREATE INDEX bulk_row_by_contact ON bulk_row (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX bulk_row_by_external_id ON bulk_row (external_customer_id) WHERE external_customer_id IS NOT NULL;
CREATE INDEX bulk_row_waiting ON bulk_row (session_id, row_index) WHERE result IS NULL;

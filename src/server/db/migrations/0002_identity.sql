-- What matching people remembers besides the contacts themselves: claims, merges, why things are as they are.

-- True: a browser said this address about a person proven since. Nothing is sent to it until a server names it.
ALTER TABLE channel ADD COLUMN withheld boolean NOT NULL DEFAULT false;

-- External ids that differ only in letter case are two people, and nearly always a mistake worth a warning.
CREATE INDEX contact_by_folded_external_id ON contact (lower(external_customer_id))
  WHERE external_customer_id IS NOT NULL;

-- What browsers say about people whom somebody else may be: waits for proof, reads nothing, changes nothing.
CREATE TABLE pending_claim (
  claim_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  visitor_id  text COLLATE "C" NOT NULL,
  site_id     integer,
  external_customer_id text COLLATE "C",
  email       text COLLATE "C",
  phone       text COLLATE "C",
  -- The form's other fields, as flat as identity keeps them.
  fields      jsonb NOT NULL DEFAULT '{}',
  claimed_at  timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  url         text,
  UNIQUE NULLS NOT DISTINCT (visitor_id, external_customer_id, email, phone)
);
CREATE INDEX pending_claim_by_email ON pending_claim (email) WHERE email IS NOT NULL;
CREATE INDEX pending_claim_by_phone ON pending_claim (phone) WHERE phone IS NOT NULL;
CREATE INDEX pending_claim_by_external ON pending_claim (external_customer_id) WHERE external_customer_id IS NOT NULL;
CREATE INDEX pending_claim_by_expiry ON pending_claim (expires_at);

-- Which contact ended in which, with what is needed to take them apart again. Snapshots hold personal data: they are
-- dropped after a while and at an erasure.
CREATE TABLE merge_log (
  merge_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  winner_id       bigint NOT NULL REFERENCES contact,
  loser_id        bigint NOT NULL REFERENCES contact,
  moved_bindings  bigint[] NOT NULL,
  moved_redirects bigint[] NOT NULL,
  winner_before   jsonb,
  loser_before    jsonb,
  reason          text NOT NULL,
  actor           text NOT NULL,
  request_id      text NOT NULL,
  merged_at       timestamptz NOT NULL,
  undone_at       timestamptz
);
CREATE INDEX merge_log_by_winner ON merge_log (winner_id);
CREATE INDEX merge_log_by_loser ON merge_log (loser_id);

-- Pairs that were taken apart by hand: no later identify puts them together again.
CREATE TABLE do_not_merge (
  lower_id  bigint NOT NULL REFERENCES contact,
  higher_id bigint NOT NULL REFERENCES contact,
  since     timestamptz NOT NULL,
  PRIMARY KEY (lower_id, higher_id),
  CHECK (lower_id < higher_id)
);
CREATE INDEX do_not_merge_by_higher ON do_not_merge (higher_id);

-- Browsers that many people use: binding one never reaches back.
CREATE TABLE shared_source (
  source_kind source_kind NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  since       timestamptz NOT NULL,
  PRIMARY KEY (source_kind, source_id)
);

-- Why things are as they are. Append-only; identifiers appear as hashes under the installation's key only.
CREATE TABLE identity_audit (
  audit_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at                timestamptz NOT NULL,
  action            text NOT NULL,
  contact_id        bigint,
  other_contact_id  bigint,
  identifier_kind   identifier_kind,
  identifier_hmac   bytea,
  source_kind       source_kind,
  source_id         text COLLATE "C",
  before            jsonb,
  after             jsonb,
  reason            text,
  matched_by        text,
  trust             text,
  actor             text NOT NULL,
  request_id        text NOT NULL,
  site_id           integer,
  url               text
);
CREATE INDEX identity_audit_by_contact ON identity_audit (contact_id, audit_id);
CREATE INDEX identity_audit_by_source ON identity_audit (source_kind, source_id) WHERE contact_id IS NULL;
CREATE INDEX identity_audit_by_other ON identity_audit (other_contact_id, audit_id) WHERE other_contact_id IS NOT NULL;

-- What was erased, without saying who: a late replay is recognised by its hash, and swept.
CREATE TABLE erased_source (
  source_kind source_kind NOT NULL,
  source_hmac bytea NOT NULL,
  valid_from  timestamptz NOT NULL,
  -- Null: the stretch was open, so the source is never bound again.
  valid_to    timestamptz,
  erased_at   timestamptz NOT NULL
);
CREATE INDEX erased_source_by_hmac ON erased_source (source_kind, source_hmac);
CREATE TABLE erased_identifier (
  kind            identifier_kind NOT NULL,
  identifier_hmac bytea NOT NULL,
  erased_at       timestamptz NOT NULL,
  PRIMARY KEY (kind, identifier_hmac)
);

-- Addresses that must not be written to, by keyed hash: survives delete, restore, merge, import and erase.
-- `unsubscribed` ends with a new double opt-in; every other reason only when an admin releases it.
CREATE TABLE suppression (
  channel_type channel_type NOT NULL,
  address_hash bytea NOT NULL,
  reason       text NOT NULL CHECK (reason IN ('unsubscribed', 'complained', 'bounced', 'admin')),
  since        timestamptz NOT NULL,
  PRIMARY KEY (channel_type, address_hash)
);

-- The receipt of an erasure; its work list empties as events are removed.
CREATE TABLE erasure (
  erasure_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  contact_id   bigint NOT NULL,
  requested_at timestamptz NOT NULL,
  actor        text NOT NULL,
  request_id   text NOT NULL,
  events       bigint NOT NULL DEFAULT 0,
  finished_at  timestamptz
);
CREATE INDEX erasure_unfinished ON erasure (erasure_id) WHERE finished_at IS NULL;
CREATE TABLE erasure_work (
  erasure_id  bigint NOT NULL REFERENCES erasure,
  source_kind source_kind NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL
);
CREATE INDEX erasure_work_by_erasure ON erasure_work (erasure_id);

-- Keys that may sign identity tokens of a site. The secret of an HS256 key is derived from the installation's key and
-- never stored; of an EdDSA key only the public half is known here.
CREATE TABLE identity_key (
  key_id     text PRIMARY KEY,
  site_id    integer NOT NULL REFERENCES site,
  algorithm  text NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA')),
  public_jwk jsonb,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CHECK ((algorithm = 'EdDSA') = (public_jwk IS NOT NULL))
);
CREATE INDEX identity_key_by_site ON identity_key (site_id);

-- Tokens that were believed once; a second time they do nothing.
CREATE TABLE used_token (
  token_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_token_by_expiry ON used_token (expires_at);

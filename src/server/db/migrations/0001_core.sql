-- Sites, events, contacts, and what ties them: see ARCHITECTURE.md, "Storage".

CREATE TABLE site (
  site_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_key       text NOT NULL UNIQUE,
  name           text NOT NULL,
  -- Where the site can be opened; also where the confirmation page links back to. Null: not told yet.
  url            text,
  -- Origins that may send messages. Empty: any. Hygiene, not security: anybody can forge an Origin.
  allowed_origins text[] NOT NULL DEFAULT '{}',
  identify       text NOT NULL DEFAULT 'new-contacts' CHECK (identify IN ('new-contacts', 'signed', 'open')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  first_event_at timestamptz
);

CREATE TYPE source_kind AS ENUM ('visitor', 'device', 'contact');
CREATE TYPE event_trust AS ENUM ('browser', 'signed', 'server', 'import');

-- Append-only. A row is never rewritten and never moved; attach and merge change bindings instead.
CREATE TABLE event (
  event_id    uuid NOT NULL,
  site_id     integer NOT NULL,
  source_kind source_kind NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  name        text NOT NULL,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  url         text,
  title       text,
  referrer    text,
  properties  jsonb,
  context     jsonb,
  trust       event_trust NOT NULL,
  attachable  boolean NOT NULL DEFAULT true,
  PRIMARY KEY (event_id, site_id)
) PARTITION BY RANGE (event_id);
CREATE INDEX event_by_source ON event (source_kind, source_id, occurred_at DESC, event_id DESC);
-- Takes ids minted by clocks that are years off; months are made ahead by db/partitions.ts.
CREATE TABLE event_default PARTITION OF event DEFAULT;

CREATE TYPE contact_status AS ENUM ('live', 'deleted', 'merged', 'erased');

CREATE TABLE contact (
  contact_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  status               contact_status NOT NULL DEFAULT 'live',
  merged_into          bigint REFERENCES contact,
  external_customer_id text COLLATE "C",
  first_name           text,
  last_name            text,
  language_code        text,
  time_zone            text,
  region               text,
  town                 text,
  address              text,
  postcode             text,
  country_code         text,
  attributes           jsonb NOT NULL DEFAULT '{}',
  -- For every field above that has a value: who said it and when, so that merging does not depend on order.
  provenance           jsonb NOT NULL DEFAULT '{}',
  contact_source       text NOT NULL,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  deleted_at           timestamptz,
  version              bigint NOT NULL DEFAULT 1,
  CHECK ((status = 'merged') = (merged_into IS NOT NULL))
);
CREATE UNIQUE INDEX contact_by_external_customer_id ON contact (external_customer_id)
  WHERE external_customer_id IS NOT NULL AND status IN ('live', 'deleted');
CREATE INDEX contact_by_merged_into ON contact (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX contact_live_by_id ON contact (contact_id DESC) WHERE status = 'live';

CREATE TYPE identifier_kind AS ENUM ('external', 'email', 'phone', 'device');
-- In order of strength; it only ever rises.
CREATE TYPE proof AS ENUM ('claimed', 'confirmed', 'server');

-- Lookup keys: one owner per value. Two people who share a mailbox both have it as a channel; one holds the key.
CREATE TABLE identifier (
  kind       identifier_kind NOT NULL,
  value      text COLLATE "C" NOT NULL,
  contact_id bigint NOT NULL REFERENCES contact,
  proof      proof NOT NULL,
  since      timestamptz NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE INDEX identifier_by_contact ON identifier (contact_id);

CREATE TYPE channel_type AS ENUM ('email', 'sms', 'viber', 'mobilepush', 'webpush');
CREATE TYPE channel_status AS ENUM ('unconfirmed', 'confirmed', 'unsubscribed', 'bounced', 'suppressed');

-- Addresses one can send to. `value` is normalised, `spelling` is what the person wrote.
CREATE TABLE channel (
  contact_id   bigint NOT NULL REFERENCES contact,
  type         channel_type NOT NULL,
  value        text COLLATE "C" NOT NULL,
  spelling     text NOT NULL,
  status       channel_status NOT NULL,
  -- False: an earlier address, kept in the contact's history.
  current      boolean NOT NULL DEFAULT true,
  details      jsonb,
  source       text NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  confirmed_at timestamptz,
  PRIMARY KEY (contact_id, type, value)
);
CREATE INDEX channel_by_value ON channel (type, value);

-- "This stretch of this source's history belongs to this contact": half-open, [valid_from, valid_to).
CREATE TABLE binding (
  binding_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_kind source_kind NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  contact_id  bigint NOT NULL REFERENCES contact,
  valid_from  timestamptz NOT NULL DEFAULT '-infinity',
  valid_to    timestamptz,
  -- The moment that named the person; what lies before it happened before we knew who this was.
  bound_at    timestamptz NOT NULL,
  reason      text NOT NULL,
  -- Where the naming happened, e.g. the page of the sign-up form.
  bound_url   text,
  CHECK (valid_to IS NULL OR valid_from <= valid_to)
);
CREATE UNIQUE INDEX binding_open ON binding (source_kind, source_id) WHERE valid_to IS NULL;
CREATE INDEX binding_by_source ON binding (source_kind, source_id, valid_from);
CREATE INDEX binding_by_contact ON binding (contact_id);

-- What browsers said about people: a durable inbox, written with the batch before it is acknowledged.
CREATE TABLE identity_message (
  message_id   uuid NOT NULL,
  site_id      integer NOT NULL REFERENCES site,
  visitor_id   text COLLATE "C" NOT NULL,
  type         text NOT NULL CHECK (type IN ('identify', 'subscribe', 'reset')),
  occurred_at  timestamptz NOT NULL,
  received_at  timestamptz NOT NULL,
  -- Null once carried out: the row stays as the memory that makes a replay harmless.
  payload      jsonb,
  -- Address and user agent as far as settings allow them to be kept, for the proof of consent.
  origin       jsonb,
  carried_out_at timestamptz,
  -- Counted when taken, so that a message that takes its process down is not taken for ever.
  attempts     integer NOT NULL DEFAULT 0,
  -- Nobody takes it before: it is being carried out, or rests after a failure.
  due_at       timestamptz NOT NULL DEFAULT '-infinity',
  error        text,
  PRIMARY KEY (message_id, site_id)
);
CREATE INDEX identity_message_waiting ON identity_message (occurred_at, message_id) WHERE carried_out_at IS NULL;
CREATE INDEX identity_message_waiting_by_visitor ON identity_message (visitor_id, occurred_at)
  WHERE carried_out_at IS NULL;
-- For erasing: everything that a person's visitors ever said.
CREATE INDEX identity_message_by_visitor ON identity_message (visitor_id);

-- What could not be accepted or carried out, with the reason; kept 30 days.
CREATE TABLE rejected (
  rejected_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id     integer,
  received_at timestamptz NOT NULL,
  code        text NOT NULL,
  reason      text NOT NULL,
  message     jsonb NOT NULL
);
CREATE INDEX rejected_by_time ON rejected (received_at);

-- Double opt-in, unsubscribing, and the mail that both send.

-- Letters that wait to leave. Written in the transaction of the change they belong to, removed once delivered: a body
-- holds a live link, so it is kept no longer than it is needed.
CREATE TABLE mail_outbox (
  -- Also the letter's Message-ID, so that a repeated delivery can be told by the receiver.
  mail_id    uuid PRIMARY KEY,
  purpose    text NOT NULL,
  recipient  text NOT NULL,
  subject    text NOT NULL,
  text_body  text NOT NULL,
  html_body  text NOT NULL,
  language   text NOT NULL,
  queued_at  timestamptz NOT NULL,
  -- When to try next. While a process is sending, it lies a lease ahead: if that process dies, another takes over.
  due_at     timestamptz NOT NULL,
  attempts   integer NOT NULL DEFAULT 0,
  last_error text,
  -- Given up: kept without its body, to be looked at.
  dead_at    timestamptz
);
CREATE INDEX mail_outbox_due ON mail_outbox (due_at) WHERE dead_at IS NULL;
CREATE INDEX mail_outbox_dead ON mail_outbox (dead_at) WHERE dead_at IS NOT NULL;

-- Where letters go while no SMTP server is configured: shown in the admin UI.
CREATE TABLE captured_mail (
  mail_id     uuid PRIMARY KEY,
  purpose     text NOT NULL,
  sender      text NOT NULL,
  recipient   text NOT NULL,
  subject     text NOT NULL,
  text_body   text NOT NULL,
  html_body   text NOT NULL,
  captured_at timestamptz NOT NULL
);
CREATE INDEX captured_mail_by_time ON captured_mail (captured_at);

-- One question "did you sign up?", waiting for the owner of the mailbox. Only the token's hash is kept.
CREATE TABLE optin_request (
  optin_request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash    bytea NOT NULL UNIQUE,
  site_id       integer NOT NULL REFERENCES site,
  email         text COLLATE "C" NOT NULL,
  -- The contact that has the address; null while the request is only a claim.
  contact_id    bigint REFERENCES contact,
  claim_id      bigint,
  -- The browser that filled in the form: the only one whose GET may confirm.
  visitor_id    text COLLATE "C" NOT NULL,
  message_id    uuid NOT NULL,
  mail_id       uuid NOT NULL,
  language      text NOT NULL,
  groups        text[] NOT NULL DEFAULT '{}',
  -- What the proof of consent will say about the asking: see consent_log.
  form_id       text,
  form_text     text,
  form_language text,
  url           text,
  network       text,
  user_agent    text,
  requested_at  timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  -- Kept until it expires, so that a second click sees the same page as the first.
  confirmed_at  timestamptz
);
-- One live token per address and site: a new request replaces the old.
CREATE UNIQUE INDEX optin_request_waiting ON optin_request (site_id, email) WHERE confirmed_at IS NULL;
CREATE INDEX optin_request_by_expiry ON optin_request (expires_at);
CREATE INDEX optin_request_by_email ON optin_request (email);

-- Who was asked how often, for the limits. Keyed hashes only: it outlives the request, and an erasure.
CREATE TABLE optin_mail (
  optin_mail_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address_hash  bytea NOT NULL,
  network_hash  bytea,
  site_id       integer NOT NULL,
  queued_at     timestamptz NOT NULL
);
CREATE INDEX optin_mail_by_address ON optin_mail (address_hash, queued_at);
CREATE INDEX optin_mail_by_network ON optin_mail (network_hash, queued_at) WHERE network_hash IS NOT NULL;
CREATE INDEX optin_mail_by_time ON optin_mail (queued_at);

-- Proof of consent: who agreed to which words, where, when, and how that was confirmed. Append-only.
CREATE TABLE consent_log (
  consent_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  act               text NOT NULL CHECK (act IN ('subscribed', 'unsubscribed')),
  at                timestamptz NOT NULL,
  -- `mail-link`, `same-browser`, `one-click` …: how the person said so.
  method            text NOT NULL,
  contact_id        bigint,
  channel_type      channel_type NOT NULL,
  address           text COLLATE "C" NOT NULL,
  site_id           integer,
  groups            text[] NOT NULL DEFAULT '{}',
  form_id           text,
  text_hash         bytea,
  text_copy         text,
  language          text,
  url               text,
  visitor_id        text COLLATE "C",
  message_id        uuid,
  mail_id           uuid,
  -- The hash of the token, so that a link that turns up later can be matched with its proof.
  token_hash        bytea,
  requested_at      timestamptz,
  request_network   text,
  request_agent     text,
  confirmed_at      timestamptz,
  confirm_network   text,
  confirm_agent     text
);
CREATE INDEX consent_log_by_contact ON consent_log (contact_id);
CREATE INDEX consent_log_by_address ON consent_log (channel_type, address);
-- Not even a second click on the same link adds a second proof.
CREATE UNIQUE INDEX consent_log_by_token ON consent_log (token_hash) WHERE act = 'subscribed' AND token_hash IS NOT NULL;

CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never rewritten', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- Removing is left to erasure and retention; rewriting is left to nobody.
CREATE TRIGGER consent_log_append_only BEFORE UPDATE ON consent_log
  FOR EACH ROW EXECUTE FUNCTION refuse_rewrite();

-- The links in letters that end a subscription: one per address, good for as long as the address is known.
CREATE TABLE unsubscribe_token (
  token_hash   bytea PRIMARY KEY,
  address_hash bytea NOT NULL,
  -- Null after the person was erased: the link still works, by the hash.
  email        text COLLATE "C",
  issued_at    timestamptz NOT NULL
);
CREATE INDEX unsubscribe_token_by_email ON unsubscribe_token (email);

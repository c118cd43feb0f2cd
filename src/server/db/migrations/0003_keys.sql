-- Secret keys of back ends and mobile apps.

CREATE TABLE api_key (
  -- The public part of the key: what it is looked up by.
  key_id       text COLLATE "C" PRIMARY KEY,
  name         text NOT NULL,
  -- SHA-256 of the whole key: who reads this table cannot call with it.
  secret_hash  bytea NOT NULL,
  -- The last characters, so that people can tell keys apart.
  ending       text NOT NULL,
  scopes       text[] NOT NULL,
  -- Null: all sites.
  site_id      integer REFERENCES site,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

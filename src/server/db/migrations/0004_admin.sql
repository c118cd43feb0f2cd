-- The people who use the admin, and their sessions.

CREATE TABLE admin_user (
  admin_user_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What is typed to log in; lower case. The first one is called "admin".
  login                text NOT NULL UNIQUE CHECK (login = lower(login)),
  role                 text NOT NULL CHECK (role IN ('owner', 'marketer', 'developer', 'viewer')),
  -- scrypt, with its parameters and salt: see admins/password.ts.
  password_hash        text NOT NULL,
  must_change_password boolean NOT NULL DEFAULT false,
  created_at           timestamptz NOT NULL,
  last_login_at        timestamptz
);

CREATE TABLE admin_session (
  -- SHA-256 of the cookie: who reads this table cannot log in with it.
  session_hash  bytea PRIMARY KEY,
  admin_user_id integer NOT NULL REFERENCES admin_user ON DELETE CASCADE,
  created_at    timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL
);
CREATE INDEX admin_session_by_user ON admin_session (admin_user_id);
CREATE INDEX admin_session_by_last_seen ON admin_session (last_seen_at);

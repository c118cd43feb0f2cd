-- What installations of apps say about themselves. Whose they are is a matter of bindings.
CREATE TABLE device (
  device_id      text COLLATE "C" PRIMARY KEY,
  -- The app's site; null: the key belongs to no site in particular.
  site_id        integer,
  category       text,
  os_type        text,
  os_version     text,
  device_model   text,
  app_version    text,
  language_code  text,
  time_zone      text,
  advertising_id text,
  push_token     text,
  push_subscribed boolean,
  first_seen_at  timestamptz NOT NULL,
  last_seen_at   timestamptz NOT NULL
);

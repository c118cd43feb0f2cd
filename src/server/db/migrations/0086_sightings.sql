-- What was seen of pages besides the messages that were stored: that the script was fetched, and requests that were refused
-- whole, such as those with a wrong key. Counted, so that "why does nothing arrive?" has an answer. Nothing here names a
-- person; however many different things strangers send, there are at most a thousand rows.
CREATE TABLE sighting (
  -- `script`, or why a request was refused, e.g. `unknown_site`.
  code     text NOT NULL,
  -- As it was sent. Empty: none, or nothing that could be one.
  site_key text NOT NULL,
  -- Of the page. Empty: not told.
  origin   text NOT NULL,
  times    bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at  timestamptz NOT NULL,
  PRIMARY KEY (code, site_key, origin)
);

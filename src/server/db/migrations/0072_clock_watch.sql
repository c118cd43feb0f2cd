-- One row: when something was last done by the clock, and since when the clock has gone on without a leap.
CREATE TABLE clock_watch (
  only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seen_at      timestamptz NOT NULL,
  steady_since timestamptz NOT NULL
);

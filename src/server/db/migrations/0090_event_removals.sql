-- The receipt of events that were removed by hand, because somebody had invented them: what was asked for, without
-- naming anybody, and how many went.
CREATE TABLE event_removal (
  removal_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id     integer NOT NULL REFERENCES site,
  asked_at    timestamptz NOT NULL,
  actor       text NOT NULL,
  -- `name`, `network`, `from`, `until`; of a visitor only that one was named.
  filter      jsonb NOT NULL,
  events      bigint NOT NULL DEFAULT 0,
  finished_at timestamptz
);

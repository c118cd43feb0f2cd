-- How long before they were named each contact's history begins, where a list finds it by an index: to read it off the
-- events took a look at all of them. Kept true by contacts/backstory-store.ts, which is the only one to write it: intake
-- still looks nothing up, and a merge still moves bindings only.

-- Null: there is nothing from before.
CREATE FUNCTION backstory_length(lasted interval) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN lasted < interval '1 hour' THEN 'hour' WHEN lasted < interval '1 day' THEN 'day'
    WHEN lasted < interval '7 days' THEN 'week' WHEN lasted < interval '30 days' THEN 'month'
    WHEN lasted IS NOT NULL THEN 'longer' END
$$;

-- Of contacts that have one, whatever their status.
CREATE TABLE backstory (
  contact_id bigint PRIMARY KEY,
  length     text NOT NULL
);
CREATE INDEX backstory_by_length ON backstory (length, contact_id);

-- Contacts of which it may have changed, as often as it may have.
CREATE TABLE backstory_due (
  contact_id bigint NOT NULL
);

-- One row: which events are accounted for, exactly, however late their transactions committed. Whoever removes events
-- shares its lock, so that none is told of while it goes.
CREATE TABLE backstory_seen (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  seen     pg_snapshot NOT NULL
);

CREATE FUNCTION binding_changes_backstory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO backstory_due VALUES (OLD.contact_id);
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND OLD.contact_id <> NEW.contact_id) THEN
    INSERT INTO backstory_due VALUES (NEW.contact_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER binding_changes_backstory AFTER INSERT OR UPDATE OR DELETE ON binding
  FOR EACH ROW EXECUTE FUNCTION binding_changes_backstory();

CREATE FUNCTION removal_changes_backstory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM backstory_seen FOR SHARE;
  INSERT INTO backstory_due
    SELECT DISTINCT b.contact_id FROM gone JOIN binding b USING (source_kind, source_id)
    WHERE gone.attachable AND gone.occurred_at >= b.valid_from AND gone.occurred_at < least(b.bound_at, b.valid_to);
  RETURN NULL;
END $$;
-- Of the table as a whole: months are moved and dropped one by one, which takes nothing from anybody.
CREATE TRIGGER removal_changes_backstory AFTER DELETE ON event
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION removal_changes_backstory();

-- As in 0031, and nobody is told of events that are about to go with their month.
CREATE OR REPLACE FUNCTION drop_due_partition(partition_name text, moment timestamptz, months integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  something_stays boolean;
BEGIN
  PERFORM FROM backstory_seen FOR SHARE;
  EXECUTE format('LOCK TABLE %I IN SHARE MODE', partition_name);
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %I AS kept WHERE NOT is_due(
      kept.site_id, kept.source_kind, kept.source_id, kept.occurred_at, kept.attachable, $1, $2))',
    partition_name) INTO something_stays USING moment, months;
  IF something_stays THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %I', partition_name);
  RETURN true;
END
$$;

-- All from the beginning: reading all events in a row takes a fraction of what it takes to look them up for each contact.
CREATE FUNCTION tell_every_backstory() RETURNS void LANGUAGE sql AS $$
  INSERT INTO backstory_seen (seen) VALUES (pg_current_snapshot())
    ON CONFLICT (only_row) DO UPDATE SET seen = excluded.seen;
  DELETE FROM backstory_due;
  DELETE FROM backstory;
  INSERT INTO backstory
    SELECT b.contact_id, backstory_length(max(b.bound_at - e.occurred_at))
    FROM binding b JOIN event e ON e.source_kind = b.source_kind AND e.source_id = b.source_id AND e.attachable
      AND e.occurred_at >= b.valid_from AND e.occurred_at < least(b.bound_at, b.valid_to)
    GROUP BY b.contact_id;
$$;
SELECT tell_every_backstory();

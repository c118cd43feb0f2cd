-- Months that anonymous history of this site is kept. Null: as long as the installation says.
ALTER TABLE site ADD COLUMN anonymous_months integer CHECK (anonymous_months BETWEEN 1 AND 120);

-- Whether an event is nobody's (bound to no contact at its time, or recorded without consent to be) and older than its
-- site keeps such things.
CREATE FUNCTION is_due(event event, moment timestamptz, months integer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT event.source_kind <> 'contact'
    AND event.occurred_at < moment - make_interval(months =>
      coalesce((SELECT anonymous_months FROM site WHERE site.site_id = event.site_id), months))
    AND (NOT event.attachable OR NOT EXISTS (
      SELECT FROM binding b WHERE b.source_kind = event.source_kind AND b.source_id = event.source_id
        AND event.occurred_at >= b.valid_from AND (b.valid_to IS NULL OR event.occurred_at < b.valid_to)))
$$;

-- Drops one month of events if all of it is due. False: something in it stays. Nobody can write into it meanwhile.
CREATE FUNCTION drop_due_partition(partition_name text, moment timestamptz, months integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  something_stays boolean;
BEGIN
  EXECUTE format('LOCK TABLE %I IN SHARE MODE', partition_name);
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %I AS kept WHERE NOT is_due(
      ROW(kept.event_id, kept.site_id, kept.source_kind, kept.source_id, kept.name, kept.occurred_at, kept.received_at,
        kept.url, kept.title, kept.referrer, kept.properties, kept.context, kept.trust, kept.attachable)::event, $1, $2))',
    partition_name) INTO something_stays USING moment, months;
  IF something_stays THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %I', partition_name);
  RETURN true;
END
$$;

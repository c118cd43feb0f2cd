-- Months that anonymous history of this site is kept. Null: as long as the installation says.
ALTER TABLE site ADD COLUMN anonymous_months integer CHECK (anonymous_months BETWEEN 1 AND 120);

-- Whether an event is nobody's (bound to no contact at its time, or recorded without consent to be) and older than its
-- site keeps such things.
CREATE FUNCTION is_due(
  event_site integer, kind source_kind, source text, occurred timestamptz, may_be_attached boolean,
  moment timestamptz, months integer
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT kind <> 'contact'
    AND occurred < moment - make_interval(months =>
      coalesce((SELECT anonymous_months FROM site WHERE site.site_id = event_site), months))
    AND (NOT may_be_attached OR NOT EXISTS (
      SELECT FROM binding b WHERE b.source_kind = kind AND b.source_id = source
        AND occurred >= b.valid_from AND (b.valid_to IS NULL OR occurred < b.valid_to)))
$$;

-- Drops one month of events if all of it is due. False: something in it stays. Nobody can write into it meanwhile.
CREATE FUNCTION drop_due_partition(partition_name text, moment timestamptz, months integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  something_stays boolean;
BEGIN
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

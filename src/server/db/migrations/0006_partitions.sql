-- Makes one month of events, and moves there what lay in the default partition. False: the month was there.
CREATE FUNCTION make_event_partition(partition_name text, first_id uuid, end_id uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  -- Two processes that start at once must not both make it.
  PERFORM pg_advisory_xact_lock(hashtext('make_event_partition'));
  IF to_regclass(format('%I', partition_name)) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- Attaching needs this lock in the end; taken first, nobody can put rows in between and no deadlock can arise.
  LOCK TABLE event_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
  EXECUTE format(
    'WITH moved AS (DELETE FROM event_default WHERE event_id >= $1 AND event_id < $2 RETURNING *)
     INSERT INTO %I SELECT * FROM moved', partition_name)
    USING first_id, end_id;
  EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name, first_id, end_id);
  RETURN true;
END
$$;

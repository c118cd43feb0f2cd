-- What surrounded a rejected message in its batch (times, context, origin), so that it can be repaired and replayed as
-- if it had come right. Null: it was not kept.
ALTER TABLE rejected ADD COLUMN envelope jsonb;

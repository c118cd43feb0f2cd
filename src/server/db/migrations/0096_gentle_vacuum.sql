-- While a file of a million contacts is written, autovacuum follows right behind it; at the pace of its defaults it takes a
-- tenth of two processors from the import. At two fifths of that pace a million contacts are cleaned in about a minute,
-- which is when autovacuum looks again.
ALTER TABLE contact SET (autovacuum_vacuum_cost_delay = 5);
ALTER TABLE identifier SET (autovacuum_vacuum_cost_delay = 5);
ALTER TABLE channel SET (autovacuum_vacuum_cost_delay = 5);
ALTER TABLE identity_audit SET (autovacuum_vacuum_cost_delay = 5);
ALTER TABLE import_part SET (toast.autovacuum_vacuum_cost_delay = 5);

-- Nobody asks for single members of these lists, and counting how often each occurs takes longer than writing them.
ALTER TABLE import_contacts ALTER COLUMN contact_ids SET STATISTICS 0;

-- Whoever has no name is not found by one.
DROP INDEX contact_by_first_name;
DROP INDEX contact_by_last_name;
CREATE INDEX contact_by_first_name ON contact (lower(first_name) text_pattern_ops)
  WHERE status = 'live' AND first_name IS NOT NULL;
CREATE INDEX contact_by_last_name ON contact (lower(last_name) text_pattern_ops)
  WHERE status = 'live' AND last_name IS NOT NULL;

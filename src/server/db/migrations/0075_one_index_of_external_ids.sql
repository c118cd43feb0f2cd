-- Whoever looks for an external id finds its holder by the key. So one index does for both that are left to do: one contact
-- for each id, and the ids that differ from one in letter case alone.
DROP INDEX contact_by_external_customer_id;
DROP INDEX contact_by_folded_external_id;
CREATE UNIQUE INDEX contact_by_external_id ON contact (lower(external_customer_id), external_customer_id)
  WHERE external_customer_id IS NOT NULL AND status IN ('live', 'deleted');

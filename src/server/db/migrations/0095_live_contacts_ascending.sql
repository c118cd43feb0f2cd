-- The newest contacts are read from its end as well, and there new ones are added at less cost: a page that fills up at
-- the end is left full, where at the beginning it was halved.
DROP INDEX contact_live_by_id;
CREATE INDEX contact_live_by_id ON contact (contact_id) WHERE status = 'live';

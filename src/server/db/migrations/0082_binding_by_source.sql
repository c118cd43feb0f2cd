-- Whose a stretch is and when it ends, told by the index that finds the stretches of a source: who asks for everybody with
-- such events goes through a million of them in the order of their sources, and need not look up each one's row.
CREATE INDEX binding_by_source_and_end ON binding (source_kind, source_id, valid_from) INCLUDE (contact_id, valid_to);
DROP INDEX binding_by_source;
ALTER INDEX binding_by_source_and_end RENAME TO binding_by_source;

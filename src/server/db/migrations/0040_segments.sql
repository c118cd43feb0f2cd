-- Dynamic segments: a tree of conditions, which is data. Who meets it is asked each time anew.
ALTER TABLE segment ADD COLUMN condition jsonb;
ALTER TABLE segment ADD CHECK ((kind = 'dynamic') = (condition IS NOT NULL));

-- "In the last 7 days" over years of events: next to nothing to write, and most of the table need not be read.
CREATE INDEX event_by_time ON event USING brin (occurred_at) WITH (autosummarize = on);

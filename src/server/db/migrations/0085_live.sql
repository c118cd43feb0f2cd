-- Messages as they arrive: what somebody who watches has not seen yet is told by the transaction that wrote it, exactly,
-- however late it committed and whichever process it ran in. As for `event`, see 0060.
ALTER TABLE rejected ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX rejected_by_writing ON rejected (written_in);
-- Of a message about a person also the transaction that ended it, for then its verdict is known.
ALTER TABLE identity_message ADD COLUMN written_in bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
CREATE INDEX identity_message_by_writing ON identity_message (written_in);

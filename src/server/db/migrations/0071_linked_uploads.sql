-- Uploads whose contacts are in a file that somebody links to: it is fetched first, and only then has rows.
ALTER TABLE bulk_session DROP CONSTRAINT bulk_session_status_check;
ALTER TABLE bulk_session ADD CHECK (status IN ('FETCHING', 'STARTED', 'IMPORTING', 'FINISHED', 'ERROR'));
-- May carry a password: sealed, and gone once the file was fetched.
ALTER TABLE bulk_session ADD COLUMN link bytea;
ALTER TABLE bulk_session ADD COLUMN description text NOT NULL DEFAULT '';
CREATE INDEX bulk_session_fetching ON bulk_session (received_at) WHERE status = 'FETCHING';

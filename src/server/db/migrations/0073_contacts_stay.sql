-- A contact's row stays for ever: its status says what became of it. So nothing that names one has to be looked after when
-- one goes, and the tables that an import fills by the million do not ask for every single row whether its contact is
-- there: that was a fifth of what the database did, and its locks on a third contact could make two merges wait in a circle.
ALTER TABLE identifier DROP CONSTRAINT identifier_contact_id_fkey;
ALTER TABLE channel DROP CONSTRAINT channel_contact_id_fkey;
ALTER TABLE do_not_merge DROP CONSTRAINT do_not_merge_lower_id_fkey, DROP CONSTRAINT do_not_merge_higher_id_fkey;

CREATE FUNCTION contacts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A contact is never removed: its status says that it was deleted, merged or erased.';
END $$;
CREATE TRIGGER contacts_stay BEFORE DELETE ON contact FOR EACH ROW EXECUTE FUNCTION contacts_stay();

-- True: nobody held what was claimed, and the claim waits for the back end to make the contact. It then attaches by
-- itself, as it would have if that contact had been made by the claim.
ALTER TABLE pending_claim ADD COLUMN awaits_contact boolean NOT NULL DEFAULT false;

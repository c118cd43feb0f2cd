-- Read as a whole and never searched: kept as it was written. Taken apart, it was the dearest cell of a contact's row.
ALTER TABLE contact ALTER COLUMN provenance DROP DEFAULT, ALTER COLUMN provenance TYPE json USING provenance::json,
  ALTER COLUMN provenance SET DEFAULT '{}';
ALTER TABLE identity_audit ALTER COLUMN before TYPE json USING before::json, ALTER COLUMN after TYPE json USING after::json;

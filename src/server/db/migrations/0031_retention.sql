-- Months that anonymous history of this site is kept. Null: as long as the installation says.
ALTER TABLE site ADD COLUMN anonymous_months integer CHECK (anonymous_months BETWEEN 1 AND 120);

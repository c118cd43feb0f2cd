-- Sample data, to look around with before there is any: what is to go again is written down, so that nothing else does.
ALTER TABLE site ADD COLUMN is_sample boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX site_of_samples ON site (is_sample) WHERE is_sample;
CREATE TABLE sample_contact (
  contact_id bigint PRIMARY KEY REFERENCES contact
);

-- Which file the columns of a remembered mapping were seen in last, so that people can be told what uses a field.
ALTER TABLE import_memory ADD COLUMN file_name text;
UPDATE import_memory memory SET file_name = seen.file_name
FROM (
  SELECT DISTINCT ON (header_hash) header_hash, file_name
  FROM import CROSS JOIN LATERAL (
    SELECT sha256(string_agg(convert_to(lower(btrim(name)), 'UTF8'), '\x00'::bytea ORDER BY place)) AS header_hash
    FROM jsonb_array_elements(columns) WITH ORDINALITY AS listed (column_, place), jsonb_extract_path_text(column_, 'name') AS name
    WHERE name NOT IN ('import_line', 'import_column', 'import_reason', 'import_hint')
  ) header
  ORDER BY header_hash, import_id DESC
) seen
WHERE seen.header_hash = memory.header_hash;
UPDATE import_memory SET file_name = 'csv' WHERE file_name IS NULL;
ALTER TABLE import_memory ALTER COLUMN file_name SET NOT NULL;

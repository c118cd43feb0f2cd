import type { Queryable } from "../db/database.ts";
import { keyedHash } from "./keyed-hash.ts";
import type { Key } from "./locks.ts";

const FIND = `
  SELECT encode(identifier_hmac, 'hex') AS hash FROM erased_identifier
  WHERE (kind::text, identifier_hmac) IN (SELECT * FROM unnest($1::text[], $2::bytea[]))
  UNION
  SELECT encode(source_hmac, 'hex') FROM erased_source
  WHERE (source_kind::text, source_hmac) IN (SELECT * FROM unnest($1::text[], $2::bytea[]))`;

/** Those of the keys that were an erased person's. Only their hashes are known, so they have to be asked for. */
export async function findErased(
  { db, secretKey }: { readonly db: Queryable; readonly secretKey: string },
  keys: readonly Key[],
): Promise<(key: Key) => boolean> {
  const hashOf = ({ kind, value }: Key) => keyedHash(secretKey, kind, value);
  const rows =
    keys.length === 0 ? [] : await db.query<{ hash: string }>(FIND, [keys.map(({ kind }) => kind), keys.map(hashOf)]);
  const hashes = new Set(rows.map(({ hash }) => hash));
  return (key) => hashes.has(hashOf(key).toString("hex"));
}

import type { ContactId } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";

/** The current addresses of live contacts, in the order of the ids; a merged id is answered by its survivor's. */
export function emailsOf(
  db: Queryable,
  ids: readonly number[],
): Promise<{ readonly contactId: ContactId; readonly email: string }[]> {
  return db.query(
    `SELECT DISTINCT ON (asked.place) asked.contact_id, channel.spelling AS email
     FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (contact_id, place)
     JOIN contact named ON named.contact_id = asked.contact_id
     JOIN contact survivor ON survivor.contact_id = coalesce(named.merged_into, named.contact_id)
     JOIN channel ON channel.contact_id = survivor.contact_id AND type = 'email' AND current
     LEFT JOIN identifier key ON key.kind = 'email' AND key.value = channel.value AND key.contact_id = channel.contact_id
     WHERE survivor.status = 'live'
     ORDER BY asked.place, key.value IS NULL, channel.created_at DESC`,
    [ids],
  );
}

import type { Instant } from "../../contract/identifiers.ts";
import { settleBackstories } from "../contacts/index.ts";
import { timestamp, type Database } from "../db/database.ts";
import { uuidv7 } from "../lib/uuid.ts";

/** How far events are counted: more would read a busy day from end to end for one number. */
export const DAY_COUNTED_TO = 100_000;

export interface Numbers {
  readonly contacts: number;
  readonly newContacts: number;
  readonly newWithBackstory: number;
  readonly confirmedEmails: number;
  readonly eventsToday: number;
  readonly pendingClaims: number;
}

const NUMBERS = `
  WITH newcomer AS (
    SELECT contact_id FROM contact WHERE status = 'live' AND created_at > $2
  )
  SELECT
    (SELECT count(*) FROM contact WHERE status = 'live') AS contacts,
    (SELECT count(*) FROM newcomer) AS new_contacts,
    (SELECT count(*) FROM newcomer JOIN backstory USING (contact_id)) AS new_with_backstory,
    (SELECT count(DISTINCT contact_id) FROM channel JOIN contact USING (contact_id)
      WHERE contact.status = 'live' AND channel.type = 'email' AND channel.current
        AND channel.status = 'confirmed') AS confirmed_emails,
    (SELECT count(*) FROM (
       SELECT FROM event WHERE event_id >= $3 AND occurred_at > $4 LIMIT ${DAY_COUNTED_TO + 1}
     ) AS some_events) AS events_today,
    (SELECT count(*) FROM pending_claim WHERE expires_at > $1) AS pending_claims`;

const DAY = 24 * 60 * 60_000;

export async function selectNumbers(db: Database, now: Instant): Promise<Numbers> {
  await settleBackstories(db);
  // An event id begins with the time of minting, so that the partitions before yesterday need not be read.
  const firstId = uuidv7(now - DAY, new Uint8Array(10));
  const times = [now, now - 7 * DAY].map(timestamp);
  const [row] = await db.query<Numbers>(NUMBERS, [...times, firstId, timestamp(now - DAY)]);
  if (row === undefined) throw new Error("The overview gave no row.");
  return row;
}

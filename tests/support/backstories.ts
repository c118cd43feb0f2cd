import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import type { BackstoryLength } from "../../src/server/contacts/index.ts";
import type { Queryable } from "../../src/server/db/database.ts";

interface Stretch {
  readonly contactId: ContactId;
  readonly source: string;
  readonly validFrom: Instant;
  readonly validTo: Instant;
  readonly boundAt: Instant;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Of everybody who has one, told by going through every event and every stretch. */
export async function backstoriesByHand(db: Queryable): Promise<Map<ContactId, Exclude<BackstoryLength, "none">>> {
  const stretches = await db.query<Stretch>(
    `SELECT contact_id, source_kind || ' ' || source_id AS source, valid_from, coalesce(valid_to, 'infinity') AS valid_to, bound_at
     FROM binding`,
  );
  const events = await db.query<{ source: string; at: Instant }>(
    "SELECT source_kind || ' ' || source_id AS source, occurred_at AS at FROM event WHERE attachable",
  );
  const lasted = new Map<ContactId, number>();
  for (const { contactId, source, validFrom, validTo, boundAt } of stretches)
    for (const { at } of events.filter((event) => event.source === source))
      if (at >= validFrom && at < validTo && at < boundAt)
        lasted.set(contactId, Math.max(lasted.get(contactId) ?? 0, boundAt - at));
  return new Map([...lasted].map(([contactId, length]) => [contactId, nameOf(length)]));
}

function nameOf(length: number): Exclude<BackstoryLength, "none"> {
  if (length < HOUR) return "hour";
  if (length < DAY) return "day";
  if (length < 7 * DAY) return "week";
  return length < 30 * DAY ? "month" : "longer";
}

export async function backstoriesKept(db: Queryable): Promise<Map<ContactId, string>> {
  const rows = await db.query<{ contactId: ContactId; length: string }>("SELECT contact_id, length FROM backstory");
  return new Map(rows.map(({ contactId, length }) => [contactId, length]));
}

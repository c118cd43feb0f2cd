import type { Instant } from "../../contract/identifiers.ts";
import type { Database } from "./database.ts";

/** One month of events: the ids minted in it. */
export interface EventMonth {
  readonly name: string;
  readonly firstId: string;
  /** The first id that is not in it any more. */
  readonly endId: string;
}

const MONTHS_BACK = 1;
const MONTHS_AHEAD = 2;

/** Makes the months around now that are missing, each in its own transaction. Answers their names. */
export async function ensurePartitions(db: Database, now: Instant): Promise<string[]> {
  const made: string[] = [];
  for (const month of monthsAround(now)) if (await ensurePartition(db, month)) made.push(month.name);
  return made;
}

function ensurePartition(db: Database, month: EventMonth): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Waiting for the lock stops all writing, so not for long; the next day tries again, and rows wait in the default.
    await tx.query("SET LOCAL lock_timeout = '3s'");
    await tx.query("SET LOCAL statement_timeout = 0");
    const [row] = await tx.query<{ made: boolean }>("SELECT make_event_partition($1, $2, $3) AS made", [
      month.name,
      month.firstId,
      month.endId,
    ]);
    return row?.made === true;
  });
}

export function monthsAround(now: Instant): EventMonth[] {
  const today = new Date(now);
  return Array.from({ length: MONTHS_BACK + 1 + MONTHS_AHEAD }, (_, index) => {
    const start = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - MONTHS_BACK + index));
    const end = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1);
    const month = String(start.getUTCMonth() + 1).padStart(2, "0");
    return {
      name: `event_y${start.getUTCFullYear()}m${month}`,
      firstId: firstIdOf(start.getTime()),
      endId: firstIdOf(end),
    };
  });
}

/** The smallest uuid whose first 48 bits are this time. */
function firstIdOf(moment: Instant): string {
  const hex = moment.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

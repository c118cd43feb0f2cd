import type { Database } from "../../../src/server/db/database.ts";

/** What the pages of one fault called, to be compared with what the database holds. */
export interface Ledger {
  /** Goes into every entry and so tells the faults apart. */
  readonly label: string;
  /** A name that no other entry has. */
  next(): string;
  note(entry: string): void;
  compare(): Promise<Comparison>;
}

export interface Comparison {
  readonly called: number;
  /** Rows in the database. */
  readonly stored: number;
  readonly lost: readonly string[];
  /** Rows beyond those called. */
  readonly doubled: readonly string[];
}

export const track = (call: string): string => `track ${call}`;
export const view = (path: string): string => `view ${path}`;
export const identify = (person: string): string => `identify ${person}`;

/** Keeps what messages about people said: the inbox forgets it once it is carried out. Call it before the first message. */
export async function rememberPeople(db: Database): Promise<void> {
  await db.query("CREATE TABLE said_person (who text)");
  await db.query(`
    CREATE FUNCTION remember_person() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO said_person VALUES (coalesce(NEW.payload->>'externalCustomerId', NEW.payload->>'email'));
      RETURN NULL;
    END $$`);
  await db.query(`
    CREATE TRIGGER remember_person AFTER INSERT ON identity_message
    FOR EACH ROW WHEN (NEW.type = 'identify') EXECUTE FUNCTION remember_person()`);
}

const ROWS = `
  SELECT CASE name WHEN 'page' THEN 'view ' || regexp_replace(url, '^https?://[^/]+', '')
                   ELSE 'track ' || (properties->>'call') END AS entry
  FROM event
  UNION ALL SELECT 'identify ' || who FROM said_person`;

export function openLedger(db: Database, label: string): Ledger {
  const called: string[] = [];
  let minted = 0;
  return {
    label,
    next: () => `${label}-${(minted += 1)}`,
    note: (entry) => void called.push(entry),
    async compare() {
      const rows = await db.query<{ entry: string | null }>(ROWS);
      const stored = rows.flatMap(({ entry }) => (entry?.includes(`${label}-`) === true ? [entry] : []));
      return {
        called: called.length,
        stored: stored.length,
        lost: minus(called, stored),
        doubled: minus(stored, called),
      };
    },
  };
}

/** What is left of one list when each entry of the other takes one away. */
function minus(from: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const entry of taken) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return from.filter((entry) => {
    const count = counts.get(entry) ?? 0;
    counts.set(entry, count - 1);
    return count <= 0;
  });
}

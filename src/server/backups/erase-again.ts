import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { timestamp, type Database, type Transaction } from "../db/database.ts";
import { keyedHash } from "../identity/index.ts";
import type { ErasePerson } from "../privacy/index.ts";

const PAGE = 10_000;

const IDENTIFIERS = `
  SELECT kind, value, contact_id FROM identifier WHERE (kind, value) > ($1::identifier_kind, $2)
  ORDER BY kind, value LIMIT ${PAGE}`;
const NOTE = `
  INSERT INTO erasure_due (contact_id, since)
  SELECT DISTINCT mine.contact_id, now() FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS mine (kind, hash, contact_id)
  JOIN erased_identifier gone ON gone.kind::text = mine.kind AND gone.identifier_hmac = mine.hash
  WHERE gone.erased_at > $4 ON CONFLICT DO NOTHING`;

interface Held {
  readonly kind: string;
  readonly value: string;
  readonly contactId: ContactId;
}

/** Notes everybody who was erased after the backup had been made and is back with it. Answers how many. */
export async function planErasures(
  tx: Transaction,
  { secretKey, takenAt }: { readonly secretKey: string; readonly takenAt: Instant },
): Promise<number> {
  let last: Pick<Held, "kind" | "value"> = { kind: "external", value: "" };
  for (;;) {
    const page: Held[] = await tx.query<Held>(IDENTIFIERS, [last.kind, last.value]);
    const end = page.at(-1);
    if (end === undefined) break;
    const hashes = page.map(({ kind, value }) => keyedHash(secretKey, kind, value));
    await tx.query(NOTE, [page.map(({ kind }) => kind), hashes, page.map((it) => it.contactId), timestamp(takenAt)]);
    last = end;
  }
  const [row] = await tx.query<{ count: number }>("SELECT count(*) FROM erasure_due");
  return row?.count ?? 0;
}

export interface EraseAgainDeps {
  readonly db: Database;
  readonly erasePerson: ErasePerson;
  readonly clock: () => Instant;
}

/** Erases whoever is noted. Cut off anywhere, the next run goes on. */
export async function eraseAgain({ db, erasePerson, clock }: EraseAgainDeps): Promise<void> {
  const due = await db.query<{ contactId: ContactId }>("SELECT contact_id FROM erasure_due ORDER BY contact_id");
  for (const { contactId } of due) {
    const cause = { actor: "restore", requestId: `restore-${contactId}` };
    await erasePerson({ contactId, at: clock(), cause });
    await db.query("DELETE FROM erasure_due WHERE contact_id = $1", [contactId]);
  }
}

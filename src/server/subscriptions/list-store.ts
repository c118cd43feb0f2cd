import type { ContactId, Instant } from "../../contract/identifiers.ts";
import type { Queryable } from "../db/database.ts";
import { addressHash } from "../identity/index.ts";

export const SUBSCRIPTION_STATUSES = ["unconfirmed", "confirmed", "unsubscribed", "bounced", "suppressed"] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** An address that somebody gave, and how far letters may go to it. */
export interface Subscription {
  readonly contactId: ContactId;
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** As the key of limits and letters. */
  readonly email: string;
  readonly spelling: string;
  readonly status: SubscriptionStatus;
  readonly source: string;
  /** When it became what it is. */
  readonly since: Instant;
  /** Of the confirmation letters of the last 30 days. */
  readonly lastAskedAt: Instant | null;
  /** How long the link of the last letter works; null: there is none that does. */
  readonly linkUntil: Instant | null;
}

export interface SubscriptionPlace {
  readonly since: Instant;
  readonly contactId: ContactId;
}

const LIVE = `FROM channel ch JOIN contact c USING (contact_id)
  WHERE ch.type = 'email' AND ch.current AND c.status = 'live'`;
// A change of status touches the row; nothing else does so often.
const SINCE = "CASE ch.status WHEN 'confirmed' THEN coalesce(ch.confirmed_at, ch.updated_at) ELSE ch.updated_at END";

export async function countSubscriptions(db: Queryable): Promise<Readonly<Record<SubscriptionStatus, number>>> {
  const rows = await db.query<{ status: SubscriptionStatus; count: number }>(
    `SELECT ch.status, count(*) AS count ${LIVE} GROUP BY ch.status`,
  );
  const none = { unconfirmed: 0, confirmed: 0, unsubscribed: 0, bounced: 0, suppressed: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}

/** Latest change first. */
export async function listSubscriptions(
  deps: { readonly db: Queryable; readonly secretKey: string },
  wanted: {
    readonly status: SubscriptionStatus;
    readonly before: SubscriptionPlace | undefined;
    readonly limit: number;
    readonly now: Instant;
  },
): Promise<Subscription[]> {
  const { status, before, limit, now } = wanted;
  const rows = await deps.db.query<Omit<Subscription, "lastAskedAt">>(
    `SELECT * FROM (
       SELECT c.contact_id, c.first_name, c.last_name, ch.value AS email, ch.spelling, ch.status, ch.source,
         date_trunc('milliseconds', ${SINCE}) AS since,
         (SELECT max(expires_at) FROM optin_request o
          WHERE o.email = ch.value AND o.confirmed_at IS NULL AND o.expires_at > to_timestamp($5)) AS link_until
       ${LIVE} AND ch.status = $1
     ) subscription
     WHERE $2::float8 IS NULL OR (since, contact_id) < (to_timestamp($2), $3)
     ORDER BY since DESC, contact_id DESC LIMIT $4`,
    [status, before === undefined ? null : before.since / 1000, before?.contactId ?? null, limit, now / 1000],
  );
  const asked = await findLastAsked(
    deps,
    rows.map(({ email }) => email),
  );
  return rows.map((row) => ({ ...row, lastAskedAt: asked.get(row.email) ?? null }));
}

async function findLastAsked(
  { db, secretKey }: { readonly db: Queryable; readonly secretKey: string },
  emails: readonly string[],
): Promise<ReadonlyMap<string, Instant>> {
  const byHash = new Map(emails.map((email) => [addressHash(secretKey, email).toString("hex"), email]));
  const rows = await db.query<{ hash: string; at: Instant }>(
    `SELECT encode(address_hash, 'hex') AS hash, max(queued_at) AS at FROM optin_mail
     WHERE address_hash = ANY(ARRAY(SELECT decode(hash, 'hex') FROM unnest($1::text[]) AS hash)) GROUP BY address_hash`,
    [[...byHash.keys()]],
  );
  return new Map(
    rows.flatMap(({ hash, at }) => {
      const email = byHash.get(hash);
      return email === undefined ? [] : [[email, at] as const];
    }),
  );
}

/** When the last confirmation letter of all was queued, within 30 days. */
export async function findLastLetter(db: Queryable): Promise<Instant | null> {
  const [row] = await db.query<{ at: Instant | null }>("SELECT max(queued_at) AS at FROM optin_mail");
  return row?.at ?? null;
}

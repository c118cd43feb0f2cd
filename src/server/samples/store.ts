import type { ContactId, Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import { uuidv7 } from "../lib/uuid.ts";
import type { SampleEvent } from "./rules.ts";

/** Undefined: there are samples already. */
export async function insertSampleSite(
  tx: Queryable,
  site: { readonly siteKey: string; readonly name: string; readonly url: string; readonly now: Instant },
): Promise<SiteId | undefined> {
  const [row] = await tx.query<{ siteId: SiteId }>(
    `INSERT INTO site (site_key, name, url, identify, created_at, is_sample) VALUES ($1, $2, $3, 'signed', $4, true)
     ON CONFLICT (is_sample) WHERE is_sample DO NOTHING RETURNING site_id`,
    [site.siteKey, site.name, site.url, timestamp(site.now)],
  );
  return row?.siteId;
}

export async function insertSampleEvents(
  tx: Queryable,
  {
    siteId,
    visitorId,
    url,
    events,
  }: {
    readonly siteId: SiteId;
    readonly visitorId: string;
    readonly url: string;
    readonly events: readonly SampleEvent[];
  },
): Promise<void> {
  for (const { at, name, path, title, properties } of events)
    await tx.query(
      `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, url, title, properties, trust)
       VALUES ($1, $2, 'visitor', $3, $4, $5, $5, $6, $7, $8, 'browser')`,
      [uuidv7(at), siteId, visitorId, name, timestamp(at), url + path, title, properties],
    );
}

export async function noteSample(tx: Queryable, contactId: ContactId): Promise<void> {
  await tx.query("INSERT INTO sample_contact (contact_id) VALUES ($1) ON CONFLICT DO NOTHING", [contactId]);
}

export async function forgetSample(tx: Queryable, contactId: ContactId): Promise<void> {
  await tx.query("DELETE FROM sample_contact WHERE contact_id = $1", [contactId]);
}

export async function areThereContacts(db: Queryable): Promise<boolean> {
  const rows = await db.query("SELECT 1 AS one FROM contact WHERE status IN ('live', 'deleted') LIMIT 1");
  return rows.length > 0;
}

export interface SampleStanding {
  /** Invented people that are there. */
  readonly contacts: number;
  /** There is something to remove. */
  readonly present: boolean;
}

export async function findStanding(db: Queryable): Promise<SampleStanding> {
  const [row] = await db.query<SampleStanding>(
    `SELECT (SELECT count(*) FROM sample_contact JOIN contact USING (contact_id) WHERE status = 'live') AS contacts,
       EXISTS (SELECT FROM sample_contact) OR EXISTS (SELECT FROM site WHERE is_sample) AS present`,
  );
  if (row === undefined) throw new Error("The database told nothing about samples.");
  return row;
}

export interface SampleContact {
  readonly contactId: ContactId;
  /** It was merged with somebody real, who is not to go with it. */
  readonly isSomebodyElse: boolean;
}

export function listSamples(db: Queryable): Promise<SampleContact[]> {
  return db.query<SampleContact>(
    `SELECT s.contact_id, c.status = 'merged' AND NOT EXISTS (
       SELECT FROM sample_contact w WHERE w.contact_id = c.merged_into)
       OR EXISTS (SELECT FROM contact lost WHERE lost.merged_into = s.contact_id AND NOT EXISTS (
         SELECT FROM sample_contact l WHERE l.contact_id = lost.contact_id)) AS is_somebody_else
     FROM sample_contact s JOIN contact c USING (contact_id) ORDER BY s.contact_id`,
  );
}

/** A site that real pages used since is a real one from now on, and stays. */
export async function removeSampleSite(tx: Queryable, { keep }: { readonly keep: boolean }): Promise<void> {
  await tx.query(
    `DELETE FROM site WHERE is_sample AND first_event_at IS NULL AND NOT $1
       AND NOT EXISTS (SELECT FROM identity_message m WHERE m.site_id = site.site_id)
       AND NOT EXISTS (SELECT FROM optin_request o WHERE o.site_id = site.site_id)
       AND NOT EXISTS (SELECT FROM identity_key k WHERE k.site_id = site.site_id)`,
    [keep],
  );
  await tx.query("UPDATE site SET is_sample = false WHERE is_sample");
}

import type { Instant, SiteId, SiteKey } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { IdentifyMode, MobileIdentifyMode, Site, SiteChange } from "./site.ts";

const COLUMNS = "site_id, site_key, name, url, allowed_origins, identify, mobile_identify, created_at, first_event_at";

export async function selectSiteByKey(db: Queryable, siteKey: SiteKey): Promise<Site | undefined> {
  const [site] = await db.queryNamed<Site>("site-by-key", `SELECT ${COLUMNS} FROM site WHERE site_key = $1`, [siteKey]);
  return site;
}

export async function selectSite(db: Queryable, siteId: SiteId): Promise<Site | undefined> {
  const [site] = await db.query<Site>(`SELECT ${COLUMNS} FROM site WHERE site_id = $1::bigint`, [siteId]);
  return site;
}

export function selectSites(db: Queryable): Promise<Site[]> {
  return db.query<Site>(`SELECT ${COLUMNS} FROM site ORDER BY site_id`);
}

export interface SiteRow {
  readonly siteKey: SiteKey;
  readonly name: string;
  readonly url: string | null;
  readonly allowedOrigins: readonly string[];
  readonly identify: IdentifyMode;
  readonly mobileIdentify: MobileIdentifyMode;
  readonly createdAt: Instant;
}

/** Undefined: the key is taken. */
export async function insertSite(db: Queryable, site: SiteRow): Promise<Site | undefined> {
  const [row] = await db.query<Site>(
    `INSERT INTO site (site_key, name, url, allowed_origins, identify, mobile_identify, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (site_key) DO NOTHING
     RETURNING ${COLUMNS}`,
    [
      site.siteKey,
      site.name,
      site.url,
      site.allowedOrigins,
      site.identify,
      site.mobileIdentify,
      timestamp(site.createdAt),
    ],
  );
  return row;
}

/** Undefined: there is no such site. */
export async function updateSiteRow(
  db: Queryable,
  { siteId, change }: { siteId: SiteId; change: SiteChange },
): Promise<Site | undefined> {
  const [row] = await db.query<Site>(
    `UPDATE site SET
       name = coalesce($2, name),
       url = CASE WHEN $3 THEN $4 ELSE url END,
       allowed_origins = coalesce($5, allowed_origins),
       identify = coalesce($6, identify),
       mobile_identify = coalesce($7, mobile_identify)
     WHERE site_id = $1
     RETURNING ${COLUMNS}`,
    [
      siteId,
      change.name ?? null,
      change.url !== undefined,
      change.url ?? null,
      change.allowedOrigins ?? null,
      change.identify ?? null,
      change.mobileIdentify ?? null,
    ],
  );
  return row;
}

export async function updateFirstEvent(db: Queryable, { siteId, at }: { siteId: SiteId; at: Instant }): Promise<void> {
  await db.query("UPDATE site SET first_event_at = $2 WHERE site_id = $1 AND first_event_at IS NULL", [
    siteId,
    timestamp(at),
  ]);
}

import type { DeviceInput } from "../../contract/devices.ts";
import type { Instant, SiteId } from "../../contract/identifiers.ts";
import { timestamp, type Queryable } from "../db/database.ts";
import type { DeviceEvent, RejectedEvent } from "./events-call.ts";

/** Absent members leave what is known alone; an empty push token takes it away. */
export async function storeDevice(
  tx: Queryable,
  { device, siteId, now }: { readonly device: DeviceInput; readonly siteId: SiteId | null; readonly now: Instant },
): Promise<void> {
  await tx.query(
    `INSERT INTO device AS known (device_id, site_id, category, os_type, os_version, device_model, app_version,
       language_code, time_zone, advertising_id, push_token, push_subscribed, first_seen_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''), $12, $13, $13)
     ON CONFLICT (device_id) DO UPDATE SET
       site_id = coalesce(excluded.site_id, known.site_id),
       category = coalesce(excluded.category, known.category),
       os_type = coalesce(excluded.os_type, known.os_type),
       os_version = coalesce(excluded.os_version, known.os_version),
       device_model = coalesce(excluded.device_model, known.device_model),
       app_version = coalesce(excluded.app_version, known.app_version),
       language_code = coalesce(excluded.language_code, known.language_code),
       time_zone = coalesce(excluded.time_zone, known.time_zone),
       advertising_id = coalesce(excluded.advertising_id, known.advertising_id),
       push_token = CASE WHEN $11 IS NULL THEN known.push_token ELSE excluded.push_token END,
       push_subscribed = coalesce(excluded.push_subscribed, known.push_subscribed),
       last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)`,
    [
      device.deviceId.trim(),
      siteId,
      device.category,
      device.osType,
      device.osVersion,
      device.deviceModel,
      device.appVersion,
      device.languageCode,
      device.timeZone,
      advertisingIdOf(device),
      device.pushToken,
      device.pushSubscribed,
      timestamp(now),
    ],
  );
}

/** Phones that do not want to be known send nothing but zeros. */
function advertisingIdOf({ advertisingId }: DeviceInput): string | null {
  const id = advertisingId?.trim() ?? "";
  return /^[0-]*$/.test(id) ? null : id;
}

/** Calls of keys that belong to no site. */
const NO_SITE = 0;

interface Appending {
  readonly deviceId: string;
  readonly siteId: SiteId | null;
  readonly now: Instant;
  readonly context: object | null;
  readonly events: readonly DeviceEvent[];
}

export async function appendDeviceEvents(tx: Queryable, appending: Appending): Promise<void> {
  const { deviceId, siteId, now, context, events } = appending;
  if (events.length === 0) return;
  await tx.query(
    `INSERT INTO event (event_id, site_id, source_kind, source_id, name, occurred_at, received_at, properties, context, trust)
     SELECT id, $1, 'device', $2, name, at, $3, properties, $4, 'browser'
     FROM unnest($5::uuid[], $6::text[], $7::timestamptz[], $8::jsonb[]) AS row (id, name, at, properties)
     ON CONFLICT DO NOTHING`,
    [
      siteId ?? NO_SITE,
      deviceId.trim(),
      timestamp(now),
      context === null ? null : JSON.stringify(context),
      events.map(({ eventId }) => eventId),
      events.map(({ name }) => name),
      events.map(({ occurredAt }) => timestamp(occurredAt)),
      events.map(({ properties }) => JSON.stringify(properties)),
    ],
  );
}

export async function rejectDeviceEvents(
  tx: Queryable,
  {
    siteId,
    now,
    events,
  }: { readonly siteId: SiteId | null; readonly now: Instant; readonly events: readonly RejectedEvent[] },
): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `INSERT INTO rejected (site_id, received_at, code, reason, message)
     SELECT $1, $2, 'invalid_event', reason, message FROM unnest($3::text[], $4::jsonb[]) AS row (reason, message)`,
    [
      siteId,
      timestamp(now),
      events.map(({ reason }) => reason),
      events.map(({ event }) => JSON.stringify(event ?? null)),
    ],
  );
}

/** A value that an additional field cannot hold. */
export interface RejectedField {
  readonly key: string;
  readonly value: unknown;
  readonly reason: string;
}

export async function rejectFields(
  tx: Queryable,
  {
    siteId,
    now,
    fields,
  }: { readonly siteId: SiteId | null; readonly now: Instant; readonly fields: readonly RejectedField[] },
): Promise<void> {
  if (fields.length === 0) return;
  await tx.query(
    `INSERT INTO rejected (site_id, received_at, code, reason, message)
     SELECT $1, $2, 'invalid_field', reason, message FROM unnest($3::text[], $4::jsonb[]) AS row (reason, message)`,
    [
      siteId,
      timestamp(now),
      fields.map(({ reason }) => reason),
      fields.map(({ key, value }) => JSON.stringify({ key, value })),
    ],
  );
}

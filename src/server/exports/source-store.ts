import type { ExportTable } from "../../contract/exports.ts";
import { currentChannel } from "../contacts/index.ts";
import type { Extent } from "./rules.ts";
import { fieldColumnName, type ExportField, type TableShape } from "./tables.ts";

/**
 * `native`: values as PostgreSQL has them. `lines`: for lines of JSON, where whole numbers beyond 2^53 and values that are
 * JSON themselves travel as text.
 */
export type RowForm = "native" | "lines";

export interface Selection {
  readonly exportId: string;
  readonly extent: Extent;
  readonly fields: readonly ExportField[];
  readonly form: RowForm;
}

interface Origin {
  readonly columns: Readonly<Record<string, string>>;
  readonly from: string;
  /** True of the rows that belong to the table at all. */
  readonly where: string;
  /** True of the rows that may have changed, given what is true of a row version that is new. */
  changed(isNew: (alias: string) => string): string;
  readonly groupBy?: string;
}

const finite = (column: string) => `CASE WHEN isfinite(${column}) THEN ${column} END`;
const EVENT_NUMBER = `(('x' || right(replace(e.event_id::text, '-', ''), 16))::bit(64)::bigint & 4611686018427387903)`;
const INSTALLED = `'00000000-0000-0000-0000-000000000000'`;

const ORIGINS: Readonly<Record<ExportTable, Origin>> = {
  contacts: {
    columns: {
      contactId: "c.contact_id",
      externalCustomerId: "nullif(c.external_customer_id, '')",
      status: "c.status",
      mergedInto: "c.merged_into",
      email: "email.spelling",
      emailDomain: "lower(substring(email.spelling FROM '@([^@]*)$'))",
      emailStatus: "email.status",
      sms: "phone.spelling",
      smsStatus: "phone.status",
      firstName: "c.first_name",
      lastName: "c.last_name",
      languageCode: "c.language_code",
      timeZone: "c.time_zone",
      region: "c.region",
      town: "c.town",
      address: "c.address",
      postcode: "c.postcode",
      countryCode: "c.country_code",
      contactSource: "c.contact_source",
      createdDate: "c.created_at",
      updatedDate: "c.updated_at",
      attributes: "nullif(c.attributes, '{}')",
    },
    from: `contact c LEFT JOIN contact winner ON winner.contact_id = c.merged_into
      ${currentChannel("email", "email")} ${currentChannel("sms", "phone")}`,
    where: "c.status <> 'erased' AND winner.status IS DISTINCT FROM 'erased'",
    changed: (isNew) => `c.contact_id IN (
      SELECT contact_id FROM contact x WHERE ${isNew("x")}
      UNION SELECT contact_id FROM channel x WHERE ${isNew("x")}
      UNION SELECT contact_id FROM identifier x WHERE ${isNew("x")})`,
  },
  devices: {
    columns: {
      deviceId: "d.device_id",
      contactId: "b.contact_id",
      externalCustomerId: "nullif(c.external_customer_id, '')",
      applicationId: "d.site_id",
      category: "d.category",
      deviceModel: "d.device_model",
      osType: "d.os_type",
      osVersion: "d.os_version",
      appVersion: "d.app_version",
      languageCode: "d.language_code",
      timeZone: "d.time_zone",
      pushToken: "d.push_token",
      pushSubscribed: "d.push_subscribed",
      firstSeen: "d.first_seen_at",
      lastSeen: "d.last_seen_at",
    },
    from: `device d
      LEFT JOIN binding b ON b.source_kind = 'device' AND b.source_id = d.device_id AND b.valid_to IS NULL
      LEFT JOIN contact c ON c.contact_id = b.contact_id`,
    where: "true",
    changed: (isNew) => `d.device_id IN (
      SELECT device_id FROM device x WHERE ${isNew("x")}
      UNION SELECT source_id FROM binding x WHERE source_kind = 'device' AND ${isNew("x")}
      UNION SELECT source_id FROM binding JOIN contact x USING (contact_id)
        WHERE source_kind = 'device' AND ${isNew("x")}
      UNION SELECT source_id FROM export_erasure WHERE source_kind = 'device' AND export_id = ${INSTALLED})`,
  },
  bindings: {
    columns: {
      bindingId: "b.binding_id",
      contactId: "b.contact_id",
      sourceKind: "b.source_kind",
      sourceId: "b.source_id",
      validFrom: finite("b.valid_from"),
      validTo: finite("b.valid_to"),
      boundAt: finite("b.bound_at"),
      reason: "b.reason",
    },
    from: "binding b",
    where: "true",
    changed: (isNew) => isNew("b"),
  },
  events: {
    columns: {
      eventUuid: "e.event_id",
      siteId: "e.site_id",
      eventId: EVENT_NUMBER,
      eventTypeKey: "e.name",
      sourceKind: "e.source_kind",
      sourceId: "e.source_id",
      visitorId: "CASE e.source_kind WHEN 'visitor' THEN e.source_id END",
      deviceId: "CASE e.source_kind WHEN 'device' THEN e.source_id END",
      occured: "e.occurred_at",
      occurred: "e.occurred_at",
      received: "e.received_at",
      url: "e.url",
      title: "e.title",
      referrer: "e.referrer",
      paramsJson: "e.properties",
    },
    from: "event e",
    // What nobody may tie to a person does not leave the house either.
    where: "e.attachable",
    changed: () => "e.written_in >= $since",
  },
  segments_members: {
    columns: {
      segmentId: "s.segment_id",
      contactId: "survivor.contact_id",
      segmentName: "s.name",
      since: "min(member.since)",
    },
    // Nobody wrote down since when somebody meets the conditions of a dynamic one.
    from: `(SELECT segment_id, contact_id, since FROM segment_member
        UNION ALL SELECT segment_id, contact_id, NULL FROM dynamic_member) member JOIN segment s USING (segment_id)
      JOIN contact named ON named.contact_id = member.contact_id
      JOIN contact survivor ON survivor.contact_id = coalesce(named.merged_into, named.contact_id)`,
    where: "survivor.status = 'live'",
    changed: () => "true",
    groupBy: "s.segment_id, survivor.contact_id",
  },
  identity_changes: {
    columns: {
      changeId: "a.audit_id",
      at: "a.at",
      change: "a.action",
      contactId: "a.contact_id",
      otherContactId: "a.other_contact_id",
      reason: "a.reason",
    },
    from: "identity_audit a",
    where: "a.action IN ('merge', 'unmerge', 'delete', 'restore', 'erase')",
    changed: (isNew) => isNew("a"),
  },
};

const FIELD_VALUES: Readonly<Record<ExportField["type"], (text: string) => string>> = {
  text: (text) => text,
  choice: (text) => text,
  number: (text) => `(${text})::float8`,
  date: (text) => `(${text})::date`,
  boolean: (text) => `(${text})::boolean`,
};

/** The rows of a table as the destination gets them. Without parameters, for COPY takes none. */
export function selectRows(shape: TableShape, { exportId, extent, fields, form }: Selection): string {
  const origin: Origin = ORIGINS[shape.name];
  const values = new Map(Object.entries(origin.columns));
  for (const field of fields) values.set(fieldColumnName(field), FIELD_VALUES[field.type](`c.fields->>'${field.id}'`));
  const list = shape.columns.map(({ name, type }) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`The column ${name} of ${shape.name} has no value.`);
    const asText = type === "text" || (form === "lines" && (type === "json" || type === "bigint"));
    const cast = asText ? "::text" : "";
    return `(${value})${cast} AS "${name}"`;
  });
  const changed = extent.kind === "whole" ? "" : ` AND ${changedSince(origin, extent.since, exportId)}`;
  const group = origin.groupBy === undefined ? "" : ` GROUP BY ${origin.groupBy}`;
  return `SELECT ${list.join(", ")} FROM ${origin.from} WHERE ${origin.where}${changed}${group}`;
}

/**
 * Every row version carries the number of the transaction that wrote it, so nothing has to be written down for this when
 * a row changes. The number has 32 bits; `planExtents` asks for all rows when that is not enough.
 * https://www.postgresql.org/docs/current/ddl-system-columns.html
 */
function changedSince(origin: Origin, since: bigint, exportId: string): string {
  const low = since % 2n ** 32n;
  const isNew = (alias: string) => `age(${alias}.xmin) <= age('${low}'::xid)`;
  return `(${origin.changed(isNew)})`.replaceAll("$since", since.toString()).replaceAll(INSTALLED, `'${exportId}'`);
}

/** Contacts that were erased, or that lead to one that was: they are to disappear from every copy. */
export function selectGoneContacts(since: bigint): string {
  return `SELECT c.contact_id AS "contactId" FROM contact c LEFT JOIN contact winner ON winner.contact_id = c.merged_into
    WHERE (c.status = 'erased' OR winner.status = 'erased') AND age(c.xmin) <= age('${since % 2n ** 32n}'::xid)`;
}

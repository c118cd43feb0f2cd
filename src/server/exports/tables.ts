import type { ExportTable } from "../../contract/exports.ts";
import type { FieldType } from "../../contract/fields.ts";

export type ColumnType = "bigint" | "integer" | "boolean" | "double" | "text" | "timestamp" | "date" | "json";

/** One column as every destination has it. Names are those of the wire. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table as this export has it: with the columns that were switched on, and a column for each additional field. */
export interface TableShape {
  readonly name: ExportTable;
  readonly columns: readonly Column[];
  /** Names of the columns that tell rows apart. */
  readonly key: readonly string[];
}

/** An additional field of contacts, as far as exports need it. */
export interface ExportField {
  readonly id: number;
  readonly key: string;
  readonly type: FieldType;
}

export interface ShapeSettings {
  readonly tables: readonly ExportTable[];
  readonly externalId: boolean;
  readonly fields: readonly ExportField[];
}

const columns = (type: ColumnType, ...names: readonly string[]): Column[] => names.map((name) => ({ name, type }));

const EXTERNAL_ID: Column = { name: "externalCustomerId", type: "text" };

/** Shapes in the order in which they are written: contacts first, so that whoever reads meanwhile finds no stranger. */
export function shapesOf({ tables, externalId, fields }: ShapeSettings): TableShape[] {
  const own = externalId ? [EXTERNAL_ID] : [];
  const all: readonly TableShape[] = [
    {
      name: "contacts",
      key: ["contactId"],
      columns: [
        ...columns("bigint", "contactId"),
        ...own,
        ...columns("text", "status"),
        ...columns("bigint", "mergedInto"),
        ...columns("text", "email", "emailDomain", "emailStatus", "sms", "smsStatus", "firstName", "lastName"),
        ...columns("text", "languageCode", "timeZone", "region", "town", "address", "postcode", "countryCode"),
        ...columns("text", "contactSource"),
        ...columns("timestamp", "createdDate", "updatedDate"),
        ...columns("json", "attributes"),
        ...fields.map(fieldColumn),
      ],
    },
    {
      name: "devices",
      key: ["deviceId"],
      columns: [
        ...columns("text", "deviceId"),
        ...columns("bigint", "contactId"),
        ...own,
        ...columns("integer", "applicationId"),
        ...columns("text", "category", "deviceModel", "osType", "osVersion", "appVersion", "languageCode", "timeZone"),
        ...columns("text", "pushToken"),
        ...columns("boolean", "pushSubscribed"),
        ...columns("timestamp", "firstSeen", "lastSeen"),
      ],
    },
    {
      name: "bindings",
      key: ["bindingId"],
      columns: [
        ...columns("bigint", "bindingId", "contactId"),
        ...columns("text", "sourceKind", "sourceId"),
        ...columns("timestamp", "validFrom", "validTo", "boundAt"),
        ...columns("text", "reason"),
      ],
    },
    {
      name: "events",
      key: ["eventUuid", "siteId"],
      columns: [
        ...columns("text", "eventUuid"),
        ...columns("integer", "siteId"),
        ...columns("bigint", "eventId"),
        ...columns("text", "eventTypeKey", "sourceKind", "sourceId", "visitorId", "deviceId"),
        ...columns("timestamp", "occured", "occurred", "received"),
        ...columns("text", "url", "title", "referrer"),
        ...columns("json", "paramsJson"),
      ],
    },
    {
      name: "segments_members",
      key: ["segmentId", "contactId"],
      columns: [
        ...columns("integer", "segmentId"),
        ...columns("bigint", "contactId"),
        ...columns("text", "segmentName"),
        ...columns("timestamp", "since"),
      ],
    },
    {
      name: "identity_changes",
      key: ["changeId"],
      columns: [
        ...columns("bigint", "changeId"),
        ...columns("timestamp", "at"),
        ...columns("text", "change"),
        ...columns("bigint", "contactId", "otherContactId"),
        ...columns("text", "reason"),
      ],
    },
  ];
  return all.filter(({ name }) => tables.includes(name));
}

/** PostgreSQL cuts off what is longer, without a word. */
const LONGEST_NAME = 63;

/** No destination takes a hyphen in a name without fuss; the number keeps apart what differs in nothing else. */
export function fieldColumnName({ id, key }: Pick<ExportField, "id" | "key">): string {
  const number = `_${id}`;
  return `field_${key.replace(/-/g, "_")}`.slice(0, LONGEST_NAME - number.length) + number;
}

const FIELD_TYPES: Readonly<Record<ExportField["type"], ColumnType>> = {
  text: "text",
  choice: "text",
  number: "double",
  date: "date",
  boolean: "boolean",
};

const fieldColumn = (field: ExportField): Column => ({ name: fieldColumnName(field), type: FIELD_TYPES[field.type] });

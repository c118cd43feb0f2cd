import type { FieldCondition, FieldKind, Operator } from "../../contract/segments.ts";
import { timestamp } from "../db/database.ts";
import { normaliseEmail, normalisePhone } from "../identity/index.ts";
import { dayAt, daysBefore, endOfDay, startOfDay } from "./days.ts";
import { not, type SqlContext } from "./sql-context.ts";
import { isBlank, textTest } from "./text-sql.ts";

const OPPOSITES: Partial<Record<Operator, Operator>> = { isNot: "is", containsNot: "contains", notEmpty: "empty" };

/** SQL that holds for contacts that meet the condition; NULL counts as "no". */
export function fieldSql(context: SqlContext, condition: FieldCondition, kind: FieldKind): string {
  const opposite = OPPOSITES[condition.operator];
  const asked: Asked = { ...condition, operator: opposite ?? condition.operator, values: condition.values ?? [] };
  const sql = affirmative(context, asked, kind);
  return opposite === undefined ? sql : not(sql);
}

type Asked = Required<FieldCondition>;

function affirmative(context: SqlContext, asked: Asked, kind: FieldKind): string {
  switch (kind) {
    case "text":
      return textSql(context, asked, columnOf(context, asked.field));
    case "choice":
      return asked.field === "emailStatus" ? emailStatusSql(context, asked) : choiceSql(context, asked);
    case "address":
      return addressSql(context, asked);
    case "member":
      return memberSql(context, asked);
    case "presence":
      return not(context.isAmong(presence(context, asked.field)));
    case "moment":
      return momentSql(context, asked);
    case "number":
      return numberSql(context, asked);
    case "day":
      return daySql(context, asked);
    case "yesNo":
      return yesNoSql(context, asked);
  }
}

const COLUMNS: Readonly<Record<string, string>> = {
  externalCustomerId: "c.external_customer_id",
  firstName: "c.first_name",
  lastName: "c.last_name",
  languageCode: "c.language_code",
  timeZone: "c.time_zone",
  countryCode: "c.country_code",
  region: "c.region",
  town: "c.town",
  address: "c.address",
  postcode: "c.postcode",
  contactSource: "c.contact_source",
  createdAt: "c.created_at",
  updatedAt: "c.updated_at",
};

/** A column of the contact's row, or the text of one of its additional fields. */
function columnOf(context: SqlContext, name: string): string {
  return COLUMNS[name] ?? `(c.fields ->> ${fieldNumber(context, name)})`;
}

const fieldNumber = ({ parameters }: SqlContext, name: string): string =>
  parameters.add(name.slice(name.indexOf(".") + 1), "text");

function textSql(context: SqlContext, { field, operator, values }: Asked, column: string): string {
  if (operator === "empty") return isBlank(column);
  const compared = field === "externalCustomerId" ? "exactly" : "folded";
  return textTest(context, column, { operator, values, compared });
}

function choiceSql(context: SqlContext, { field, operator, values }: Asked): string {
  const column = columnOf(context, field);
  if (operator === "empty") return isBlank(column);
  return textTest(context, column, { operator, values, compared: "exactly" });
}

/** Addresses that are history count for nothing. */
const current = (type: "email" | "sms") => `ch.type = '${type}' AND ch.current`;

const holders = (context: SqlContext, where: string) =>
  `SELECT ch.contact_id FROM channel ch WHERE ${where} AND ${context.asks("ch.contact_id")}`;

function emailStatusSql(context: SqlContext, { operator, values }: Asked): string {
  if (operator === "empty") return not(context.isAmong(holders(context, current("email"))));
  const wanted = context.parameters.add(values, "text[]");
  return context.isAmong(holders(context, `${current("email")} AND ch.status = ANY (${wanted}::channel_status[])`));
}

function addressSql(context: SqlContext, { field, operator, values }: Asked): string {
  const type = field === "email" ? "email" : "sms";
  if (operator === "empty") return not(context.isAmong(holders(context, current(type))));
  const test = field === "email" ? emailTest(context, { operator, values }) : phoneTest(context, { operator, values });
  return context.isAmong(holders(context, `${current(type)} AND ${test}`));
}

type Test = Pick<Asked, "operator" | "values">;

/** What is typed may be the address as it is written or as it is kept: müller.example is xn--mller-kva.example. */
function emailTest(context: SqlContext, { operator, values }: Test): string {
  if (operator === "is") {
    const keys = values.map((value) => normaliseEmail(String(value)) ?? String(value));
    return textTest(context, "ch.value", { operator, values: keys, compared: "exactly" });
  }
  const kept = textTest(context, "ch.value", { operator, values, compared: "folded" });
  return `(${kept} OR ${textTest(context, "ch.spelling", { operator, values, compared: "folded" })})`;
}

/** Phones are kept as + and digits; however one is typed, its digits are what is compared. */
function phoneTest(context: SqlContext, { operator, values }: Test): string {
  const digits = values.map((value) => {
    const phone = operator === "is" ? normalisePhone(String(value)) : undefined;
    return (phone ?? String(value)).replace(/\D/g, "");
  });
  return textTest(context, "ltrim(ch.value, '+')", { operator, values: digits, compared: "exactly" });
}

/** Memberships of contacts that were merged into another count for that other. */
function memberSql(context: SqlContext, { field, operator, values }: Asked): string {
  const [table, column, type] =
    field === "list"
      ? (["segment_member", "segment_id", "int[]"] as const)
      : (["contact_category", "category", "text[]"] as const);
  const which = operator === "empty" ? "true" : `m.${column} = ANY (${context.parameters.add(values, type)})`;
  const members = context.isAmong(
    context.whom === "everybody"
      ? `SELECT coalesce(gone.merged_into, m.contact_id) AS contact_id
         FROM ${table} m LEFT JOIN contact gone ON gone.contact_id = m.contact_id AND gone.merged_into IS NOT NULL
         WHERE ${which}`
      : `SELECT m.contact_id FROM ${table} m WHERE ${which} AND ${context.asks("m.contact_id")}
         UNION ALL
         SELECT gone.merged_into FROM contact gone JOIN ${table} m USING (contact_id)
         WHERE ${which} AND ${context.asks("gone.merged_into")}`,
  );
  return operator === "empty" ? not(members) : members;
}

function presence(context: SqlContext, field: string): string {
  if (field === "pushToken") return holders(context, "ch.type IN ('mobilepush', 'webpush') AND ch.current");
  return `SELECT key.contact_id FROM identifier key
          WHERE key.kind = 'device' AND ${context.asks("key.contact_id")}`;
}

function momentSql({ parameters, now }: SqlContext, { field, operator, values }: Asked): string {
  const column = COLUMNS[field] ?? "c.created_at";
  const at = (instant: number) => parameters.add(timestamp(instant), "timestamptz");
  const [value = 0] = values;
  switch (operator) {
    case "inLast":
      return `${column} >= ${at(daysBefore(now, Number(value)))}`;
    case "beforeLast":
      return `${column} < ${at(daysBefore(now, Number(value)))}`;
    case "before":
      return `${column} < ${at(startOfDay(String(value)))}`;
    case "after":
      return `${column} >= ${at(endOfDay(String(value)))}`;
    case "on":
      return `(${column} >= ${at(startOfDay(String(value)))} AND ${column} < ${at(endOfDay(String(value)))})`;
    default:
      return `${column} IS NULL`;
  }
}

function numberSql(context: SqlContext, { field, operator, values }: Asked): string {
  const key = fieldNumber(context, field);
  const number = `(CASE WHEN jsonb_typeof(c.fields -> ${key}) = 'number' THEN (c.fields ->> ${key})::numeric END)`;
  if (operator === "empty") return `${number} IS NULL`;
  const wanted = context.parameters.add(values.map(String), "numeric[]");
  if (operator === "is") return `${number} = ANY (${wanted})`;
  return `${number} ${operator === "atLeast" ? ">=" : "<="} ALL (${wanted})`;
}

/** Days are kept as texts like 2001-02-28, which sort as the days do. */
function daySql(context: SqlContext, { field, operator, values }: Asked): string {
  const { parameters, now } = context;
  const day = `(${columnOf(context, field)} COLLATE "C")`;
  const text = (value: string | number) => parameters.add(String(value), "text");
  const [value = 0] = values;
  switch (operator) {
    case "on":
      return `${day} = ${text(value)}`;
    case "before":
      return `(NOT ${isBlank(day)} AND ${day} < ${text(value)})`;
    case "after":
      return `${day} > ${text(value)}`;
    case "inLast":
      return `${day} BETWEEN ${text(dayAt(now, -Number(value)))} AND ${text(dayAt(now, 0))}`;
    case "beforeLast":
      return `(NOT ${isBlank(day)} AND ${day} < ${text(dayAt(now, -Number(value)))})`;
    case "inNext":
      return `${day} BETWEEN ${text(dayAt(now, 0))} AND ${text(dayAt(now, Number(value)))}`;
    default:
      return isBlank(day);
  }
}

function yesNoSql(context: SqlContext, { field, operator }: Asked): string {
  const value = `(c.fields -> ${fieldNumber(context, field)})`;
  if (operator === "empty") return `(${value} IN ('true'::jsonb, 'false'::jsonb)) IS NOT TRUE`;
  return `${value} = '${operator === "yes" ? "true" : "false"}'::jsonb`;
}

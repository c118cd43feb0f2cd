import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import { Copy, copyRows } from "../../db/copy.ts";
import { timestamp, type Transaction } from "../../db/database.ts";
import { inSlices } from "../../lib/in-slices.ts";
import { COLUMN_OF, FIELD_COLUMNS, nextContactIds } from "../contact-row.ts";
import { creationOf } from "../write-audit.ts";
import { keyedHash } from "../keyed-hash.ts";
import type { MatchedBy } from "../request.ts";
import { FIELD_NAMES, foldValues } from "../values.ts";
import { firstWords, type EasyPlan, type FirstWords, type NewKey } from "./easy-rules.ts";

type Creation = Extract<EasyPlan, { kind: "create" }>;
type Update = Extract<EasyPlan, { kind: "update" }>;

/** One row's plan. `place` is its place in the batch: later rows are updated later, by a microsecond each. */
export interface PlacedCreation {
  readonly place: number;
  readonly plan: Creation;
}
export interface PlacedUpdate {
  readonly place: number;
  readonly plan: Update;
  readonly matchedBy: MatchedBy;
}

interface Around {
  readonly secretKey: string;
  readonly at: Instant;
}

/**
 * Makes contacts whose keys nobody holds, whoever looks, and writes what rows say about contacts that are locked: under the
 * locks of all keys. The ids of the new ones, in their order.
 */
export async function writeMany(
  tx: Transaction,
  { creations, updates }: { readonly creations: readonly PlacedCreation[]; readonly updates: readonly PlacedUpdate[] },
  around: Around,
): Promise<ContactId[]> {
  const ids = await nextContactIds(tx, creations.length);
  const tables = openTables();
  await inSlices(creations, (creation, n) => addCreation(tables, { id: ids[n], ...creation }, around));
  await inSlices(updates, (update) => addKeys(tables, update, around));
  await describe(tx, updates, around);
  await copyRows(tx, [tables.contacts, tables.identifiers, tables.channels, tables.audit]);
  return ids;
}

/** What is appended to, all of it in one message. */
interface Tables {
  readonly contacts: Copy;
  readonly identifiers: Copy;
  readonly channels: Copy;
  readonly audit: Copy;
}

const openTables = (): Tables => ({
  contacts: new Copy("contact", CONTACT_COLUMNS),
  identifiers: new Copy("identifier", IDENTIFIER_COLUMNS),
  channels: new Copy("channel", CHANNEL_COLUMNS),
  audit: new Copy("identity_audit", AUDIT_COLUMNS),
});

function addCreation(
  tables: Tables,
  { id, place, plan }: PlacedCreation & { readonly id: ContactId | undefined },
  { secretKey, at }: Around,
): void {
  if (id === undefined) throw new Error("The sequence gave out too few numbers.");
  const { keys, request } = plan;
  const time = microseconds(at);
  tables.contacts.row().bigint(id).text(externalIn(keys));
  addProfile(tables.contacts, firstWords(request, id));
  tables.contacts
    .text(request.contactSource)
    .time(time)
    .time(time + place);
  for (const key of keys) addKey(tables, key, { contactId: id, request, time });
  const { hmac, after } = creationOf(
    keys.map(({ kind, value }) => ({ kind, value, proof: "server" })),
    secretKey,
  );
  tables.audit.row().time(time).text("create").bigint(id).text(null).bytes(hmac).text(JSON.stringify(after));
  addCause(tables.audit, request, null);
}

function addProfile(contacts: Copy, { said, register }: FirstWords): void {
  for (const name of FIELD_NAMES) {
    const value = said[name];
    contacts.text(typeof value === "string" ? value : null);
  }
  const inJson = JSON.stringify(register);
  let provenance = "";
  let more: Record<string, unknown> | undefined;
  for (const name in said) {
    const value = said[name];
    if (value === null) continue;
    provenance += `${provenance === "" ? "{" : ","}${JSON.stringify(name)}:${inJson}`;
    if (!(name in COLUMN_OF)) (more ??= {})[name] = value;
  }
  const folded = more && foldValues(more);
  contacts.jsonb(folded ? JSON.stringify(folded.attributes) : "{}");
  contacts.jsonb(folded ? JSON.stringify(folded.additional) : "{}");
  contacts.text(provenance === "" ? "{}" : `${provenance}}`);
}

function addKeys(tables: Tables, { plan, matchedBy }: PlacedUpdate, { secretKey, at }: Around): void {
  const { keys, request } = plan;
  const contactId = idOf(plan);
  const time = microseconds(at);
  for (const key of keys) {
    const { kind, value } = key;
    addKey(tables, key, { contactId, request, time });
    tables.audit.row().time(time).text("update-identifier").bigint(contactId).text(kind);
    tables.audit.bytes(keyedHash(secretKey, kind, value)).text(JSON.stringify({ contact: contactId, proof: "server" }));
    addCause(tables.audit, request, matchedBy);
  }
}

interface Owner {
  readonly contactId: ContactId;
  readonly request: Creation["request"];
  readonly time: number;
}

/** Nobody waits for these keys in a circle: all of them are locked, in order. */
function addKey(tables: Tables, { kind, value, channel }: NewKey, { contactId, request, time }: Owner): void {
  tables.identifiers.row().text(kind).text(value).bigint(contactId).text("server").time(time);
  if (channel === undefined) return;
  const { type, spelling, status, isConfirmed } = channel;
  tables.channels.row().bigint(contactId).text(type).text(value).text(spelling).text(status);
  tables.channels
    .text(request.contactSource)
    .time(time)
    .time(time)
    .time(isConfirmed ? time : null);
}

function addCause(audit: Copy, { trust, cause }: Creation["request"], matchedBy: MatchedBy | null): void {
  audit.text(matchedBy).text(trust).text(cause.actor).text(cause.requestId);
  audit.integer(cause.siteId ?? null);
}

/** What rows say about contacts that are there: their fields, and that they have been updated. */
async function describe(tx: Transaction, updates: readonly PlacedUpdate[], around: Around): Promise<void> {
  const described = updates.filter(({ plan }) => plan.profile !== undefined);
  const rows: string[] = [];
  await inSlices(described, (update) => rows.push(JSON.stringify(describedRow(update, around))));
  if (described.length > 0) await tx.query(DESCRIBE, [`[${rows.join()}]`]);
  const others = updates.filter(({ plan }) => plan.profile === undefined && plan.keys.length > 0);
  if (others.length > 0)
    await tx.query(TOUCH, [
      others.map(({ plan }) => idOf(plan)),
      others.map(({ plan }) => externalIn(plan.keys)),
      others.map(({ place }) => later(around.at, place)),
    ]);
}

function idOf({ contact }: Update): ContactId {
  if (contact.id === "new") throw new Error("A contact that is updated has a number.");
  return contact.id;
}

const CONTACT_COLUMNS = [
  "contact_id",
  "external_customer_id",
  ...FIELD_COLUMNS,
  "attributes",
  "fields",
  "provenance",
  "contact_source",
  "created_at",
  "updated_at",
];

const microseconds = (at: Instant): number => at * 1_000;

const externalIn = (keys: readonly NewKey[]) => keys.find(({ kind }) => kind === "external")?.value ?? null;

/** As text with microseconds, which an Instant has no room for. */
export function later(at: Instant, microseconds: number): string {
  const whole = Math.floor(microseconds / 1000);
  const rest = String(microseconds % 1000).padStart(3, "0");
  return timestamp(at + whole).replace("Z", `${rest}Z`);
}

const TOUCHED = `version = version + 1,
    updated_at = greatest(contact.updated_at + interval '1 microsecond', said.updated_at)`;
const DESCRIBE = `
  UPDATE contact SET external_customer_id = coalesce(said.external, contact.external_customer_id), first_name = said.first_name,
    last_name = said.last_name, language_code = said.language_code, time_zone = said.time_zone, region = said.region,
    town = said.town, address = said.address, postcode = said.postcode, country_code = said.country_code,
    attributes = said.attributes, fields = said.fields, provenance = said.provenance, ${TOUCHED}
  FROM json_to_recordset($1) AS said (id bigint, external text, ${FIELD_COLUMNS.map((name) => `${name} text`).join(", ")},
    attributes jsonb, fields jsonb, provenance json, updated_at timestamptz)
  WHERE contact_id = said.id`;
const TOUCH = `
  UPDATE contact SET external_customer_id = coalesce(said.external, contact.external_customer_id), ${TOUCHED}
  FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS said (id, external, updated_at)
  WHERE contact_id = said.id`;

/** What is absent becomes NULL. */
function describedRow({ plan, place }: PlacedUpdate, { at }: Around) {
  const { values, provenance } = plan.profile ?? plan.contact;
  const { columns, attributes, additional } = foldValues(values);
  const row: Record<string, unknown> = { id: idOf(plan), attributes, fields: additional, provenance };
  for (const name of FIELD_NAMES) row[COLUMN_OF[name]] = columns[name];
  row["external"] = externalIn(plan.keys) ?? undefined;
  row["updated_at"] = later(at, place);
  return row;
}

const IDENTIFIER_COLUMNS = ["kind", "value", "contact_id", "proof", "since"];
const CHANNEL_COLUMNS = [
  "contact_id",
  "type",
  "value",
  "spelling",
  "status",
  "source",
  "created_at",
  "updated_at",
  "confirmed_at",
];

const AUDIT_COLUMNS = [
  "at",
  "action",
  "contact_id",
  "identifier_kind",
  "identifier_hmac",
  "after",
  "matched_by",
  "trust",
  "actor",
  "request_id",
  "site_id",
];

import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import { Copy, copyRows } from "../../db/copy.ts";
import { timestamp, type Transaction } from "../../db/database.ts";
import { inSlices } from "../../lib/in-slices.ts";
import { COLUMN_OF, FIELD_COLUMNS, nextContactIds, touched } from "../contact-row.ts";
import { creationOf } from "../write-audit.ts";
import { keyedHash } from "../keyed-hash.ts";
import type { MatchedBy } from "../request.ts";
import { ADDITIONAL, ATTRIBUTE, FIELD_NAMES, foldValues, type Profile } from "../values.ts";
import { firstWords, type EasyPlan, type FirstWords, type NewKey } from "./easy-rules.ts";

type Creation = Extract<EasyPlan, { kind: "create" }>;
type Update = Extract<EasyPlan, { kind: "update" }>;

/** One row's plan. `place` is its place in the batch: see {@link later}. */
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
  tables.contacts.text(request.contactSource).time(time).time(later(at, place));
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
  const contactId = plan.contact.id;
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
async function describe(tx: Transaction, updates: readonly PlacedUpdate[], { at }: Around): Promise<void> {
  const described = updates.filter(({ plan }) => plan.profile !== undefined);
  await update(tx, described, { at, columns: saidColumns(described) });
  const others = updates.filter(({ plan }) => plan.profile === undefined && plan.keys.length > 0);
  await update(tx, others, { at, columns: [] });
}

/** A column that rows change, and what a row leaves in it. */
interface SaidColumn {
  readonly name: string;
  readonly type: "text" | "json" | "jsonb";
  readonly read: (profile: Profile) => string | null;
}

async function update(
  tx: Transaction,
  updates: readonly PlacedUpdate[],
  { at, columns }: { readonly at: Instant; readonly columns: readonly SaidColumn[] },
): Promise<void> {
  if (updates.length === 0) return;
  const cells = columns.map((): (string | null)[] => []);
  await inSlices(updates, ({ plan }) =>
    columns.forEach(({ read }, n) => cells[n]?.push(read(plan.profile ?? plan.contact))),
  );
  await tx.query(updateOf(columns), [
    updates.map(({ plan }) => plan.contact.id),
    updates.map(({ place }) => laterText(at, place)),
    updates.map(({ plan }) => externalIn(plan.keys)),
    ...cells,
  ]);
}

/** Every column that one of the rows says something about. Of a contact about which its row does not, it stays as it is known. */
function saidColumns(updates: readonly PlacedUpdate[]): SaidColumn[] {
  const said = new Set<string>();
  for (const { plan } of updates) for (const name in plan.request.values) said.add(name);
  const columns: SaidColumn[] = FIELD_NAMES.filter((name) => said.has(name)).map((name) => ({
    name: COLUMN_OF[name],
    type: "text",
    read: ({ values }) => textOf(values[name]),
  }));
  const isSaid = (prefix: string) => [...said].some((name) => name.startsWith(prefix));
  if (isSaid(ATTRIBUTE))
    columns.push({
      name: "attributes",
      type: "jsonb",
      read: ({ values }) => JSON.stringify(foldValues(values).attributes),
    });
  if (isSaid(ADDITIONAL))
    columns.push({
      name: "fields",
      type: "jsonb",
      read: ({ values }) => JSON.stringify(foldValues(values).additional),
    });
  columns.push({ name: "provenance", type: "json", read: ({ provenance }) => JSON.stringify(provenance) });
  return columns;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : null);

function updateOf(columns: readonly SaidColumn[]): string {
  const first = 4;
  return `
  UPDATE contact SET external_customer_id = coalesce(said.external, contact.external_customer_id),
    ${columns.map(({ name, type }) => `${name} = said.${name}::${type},`).join(" ")}
    ${touched("said.at")}
  FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]${columns.map((_, n) => `, $${first + n}::text[]`).join("")})
    AS said (id, at, external${columns.map(({ name }) => `, ${name}`).join("")})
  WHERE contact_id = said.id`;
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

/**
 * When the row at this place of a batch is updated: later rows later, by a microsecond each, because of several contacts with
 * one address the one updated last is meant. In microseconds since 1970, which an Instant has no room for.
 */
const later = (at: Instant, place: number): number => microseconds(at) + place;

/** The same as a parameter of a statement. */
export function laterText(at: Instant, place: number): string {
  const whole = later(at, place);
  const rest = String(whole % 1_000).padStart(3, "0");
  return timestamp(Math.floor(whole / 1_000)).replace("Z", `${rest}Z`);
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

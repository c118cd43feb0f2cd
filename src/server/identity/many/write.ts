import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import { CopyText, copyText } from "../../db/copy.ts";
import { timestamp, type Transaction } from "../../db/database.ts";
import { COLUMN_OF, FIELD_COLUMNS, nextContactIds } from "../contact-row.ts";
import { keyedHashText } from "../keyed-hash.ts";
import type { MatchedBy } from "../request.ts";
import { FIELD_NAMES, foldValues } from "../values.ts";
import { firstProfile, type EasyPlan, type NewKey } from "./easy-rules.ts";

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

/** Makes contacts whose keys nobody holds, whoever looks: under the locks of all their keys. Ids in their order. */
export async function createMany(
  tx: Transaction,
  creations: readonly PlacedCreation[],
  around: Around,
): Promise<ContactId[]> {
  if (creations.length === 0) return [];
  const ids = await nextContactIds(tx, creations.length);
  const people = creations.map(({ place, plan }, n) => person(ids[n], place, plan));
  const at = timestamp(around.at);
  const contacts = new CopyText();
  for (const { id, place, plan } of people)
    writeContact(contacts, { id, plan, at, updatedAt: later(around.at, place) });
  await copyText(tx, { table: "contact", columns: CONTACT_COLUMNS }, contacts);
  const owned = people.map(({ id, plan: { keys, request } }): Owned => ({
    contactId: id,
    keys,
    request,
    matchedBy: null,
  }));
  await writeKeys(tx, owned, at);
  await writeAudit(tx, owned, { ...around, isNew: true });
  return ids;
}

function person(id: ContactId | undefined, place: number, plan: Creation) {
  if (id === undefined) throw new Error("The sequence gave out too few numbers.");
  return { id, place, plan };
}

/** Writes what rows say about contacts that are locked. */
export async function updateMany(tx: Transaction, updates: readonly PlacedUpdate[], around: Around): Promise<void> {
  const described = updates.filter(({ plan }) => plan.profile !== undefined);
  const grown = updates.filter(({ plan }) => plan.keys.length > 0);
  if (described.length > 0)
    await tx.query(DESCRIBE, [JSON.stringify(described.map((update) => describedRow(update, around)))]);
  const others = grown.filter(({ plan }) => plan.profile === undefined);
  if (others.length > 0)
    await tx.query(TOUCH, [
      others.map(({ plan }) => idOf(plan)),
      others.map(({ plan }) => externalIn(plan.keys)),
      others.map(({ place }) => later(around.at, place)),
    ]);
  const owned = grown.map(({ plan, matchedBy }): Owned => ({
    contactId: idOf(plan),
    keys: plan.keys,
    request: plan.request,
    matchedBy,
  }));
  await writeKeys(tx, owned, timestamp(around.at));
  await writeAudit(tx, owned, { ...around, isNew: false });
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

interface NewContact {
  readonly id: ContactId;
  readonly plan: Creation;
  readonly at: string;
  readonly updatedAt: string;
}

function writeContact(text: CopyText, { id, plan: { keys, request }, at, updatedAt }: NewContact): void {
  const { values, provenance } = firstProfile(request, id);
  const { columns, attributes, additional } = foldValues(values);
  text.cell(id).cell(externalIn(keys));
  for (const name of FIELD_NAMES) text.cell(columns[name] ?? null);
  for (const map of [attributes, additional, provenance]) text.cell(JSON.stringify(map));
  text.cell(request.contactSource).cell(at).cell(updatedAt).end();
}

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

interface Owned {
  readonly contactId: ContactId;
  readonly keys: readonly NewKey[];
  readonly request: Creation["request"];
  readonly matchedBy: MatchedBy | null;
}

/** Nobody waits for these keys in a circle: all of them are locked, in order. */
async function writeKeys(tx: Transaction, owned: readonly Owned[], at: string): Promise<void> {
  const identifiers = new CopyText();
  const channels = new CopyText();
  for (const { contactId, keys, request } of owned)
    for (const { kind, value, channel } of keys) {
      identifiers.cell(kind).cell(value).cell(contactId).cell("server").cell(at).end();
      if (channel === undefined) continue;
      const { type, spelling, status, isConfirmed } = channel;
      channels.cell(contactId).cell(type).cell(value).cell(spelling).cell(status).cell(request.contactSource);
      channels
        .cell(at)
        .cell(at)
        .cell(isConfirmed ? at : null)
        .end();
    }
  await copyText(tx, { table: "identifier", columns: ["kind", "value", "contact_id", "proof", "since"] }, identifiers);
  await copyText(tx, { table: "channel", columns: CHANNEL_COLUMNS }, channels);
}

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

async function writeAudit(
  tx: Transaction,
  owned: readonly Owned[],
  { secretKey, at: instant, isNew }: Around & { readonly isNew: boolean },
): Promise<void> {
  const at = timestamp(instant);
  const text = new CopyText();
  for (const one of owned) {
    const { contactId, keys } = one;
    if (isNew) writeCause(text.cell(at).cell("create").cell(contactId).cell(null).cell(null).cell(null), one);
    const after = `{"contact":${contactId},"proof":"server"}`;
    for (const { kind, value } of keys) {
      text.cell(at).cell("update-identifier").cell(contactId);
      text
        .cell(kind)
        .cell(`\\x${keyedHashText(secretKey, kind, value)}`)
        .cell(after);
      writeCause(text, one);
    }
  }
  await copyText(tx, { table: "identity_audit", columns: AUDIT_COLUMNS }, text);
}

function writeCause(text: CopyText, { request: { trust, cause }, matchedBy }: Owned): void {
  text.cell(matchedBy).cell(trust).cell(cause.actor).cell(cause.requestId);
  text.cell(cause.siteId ?? null).end();
}

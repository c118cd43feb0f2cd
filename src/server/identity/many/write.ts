import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import { copyRows, type Cell } from "../../db/copy.ts";
import { timestamp, type Transaction } from "../../db/database.ts";
import { COLUMN_OF, FIELD_COLUMNS, nextContactIds } from "../contact-row.ts";
import { keyedHash } from "../keyed-hash.ts";
import type { MatchedBy } from "../request.ts";
import { FIELD_NAMES, foldValues, type Profile } from "../values.ts";
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
  const ids = await nextContactIds(tx, creations.length);
  const people = creations.map(({ place, plan }, n) => person(ids[n], place, plan));
  const at = timestamp(around.at);
  await copyRows(
    tx,
    { table: "contact", columns: CONTACT_COLUMNS },
    people.map(({ id, place, plan }) => {
      const profile = firstProfile(plan.request, id);
      return [
        id,
        externalIn(plan.keys),
        ...profileCells(profile),
        plan.request.contactSource,
        at,
        later(around.at, place),
      ];
    }),
  );
  await writeKeys(
    tx,
    people.map(({ id, plan }) => ({ contactId: id, keys: plan.keys, source: plan.request.contactSource })),
    at,
  );
  const entries = people.flatMap(({ id, plan: { keys, request } }): AuditRow[] => {
    const circumstances = { request, matchedBy: null, secretKey: around.secretKey, at };
    return [creationEntry(id, circumstances), ...keys.map((key) => keyEntry(id, key, circumstances))];
  });
  await copyRows(tx, { table: "identity_audit", columns: AUDIT_COLUMNS }, entries);
  return ids;
}

function person(id: ContactId | undefined, place: number, plan: Creation) {
  if (id === undefined) throw new Error("The sequence gave out too few numbers.");
  return { id, place, plan };
}

/** Writes what rows say about contacts that are locked. */
export async function updateMany(tx: Transaction, updates: readonly PlacedUpdate[], around: Around): Promise<void> {
  if (updates.length === 0) return;
  await tx.queryNamed("many update", UPDATE, [JSON.stringify(updates.map((update) => updatedRow(update, around)))]);
  const at = timestamp(around.at);
  const grown = updates.filter(({ plan }) => plan.keys.length > 0);
  await writeKeys(
    tx,
    grown.map(({ plan }) => ({
      contactId: idOf(plan),
      keys: plan.keys,
      source: plan.request.contactSource,
    })),
    at,
  );
  const entries = grown.flatMap(({ plan, matchedBy }) =>
    plan.keys.map((key) =>
      keyEntry(idOf(plan), key, { request: plan.request, matchedBy, secretKey: around.secretKey, at }),
    ),
  );
  await copyRows(tx, { table: "identity_audit", columns: AUDIT_COLUMNS }, entries);
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

function profileCells({ values, provenance }: Profile): Cell[] {
  const { columns, attributes, additional } = foldValues(values);
  const fields = FIELD_NAMES.map((name) => columns[name] ?? null);
  return [...fields, JSON.stringify(attributes), JSON.stringify(additional), JSON.stringify(provenance)];
}

const externalIn = (keys: readonly NewKey[]) => keys.find(({ kind }) => kind === "external")?.value ?? null;

/** As text with microseconds, which an Instant has no room for. */
export function later(at: Instant, microseconds: number): string {
  const whole = Math.floor(microseconds / 1000);
  const rest = String(microseconds % 1000).padStart(3, "0");
  return timestamp(at + whole).replace("Z", `${rest}Z`);
}

const UPDATE = `
  UPDATE contact SET external_customer_id = coalesce(said.external, contact.external_customer_id), first_name = said.first_name,
    last_name = said.last_name, language_code = said.language_code, time_zone = said.time_zone, region = said.region,
    town = said.town, address = said.address, postcode = said.postcode, country_code = said.country_code,
    attributes = said.attributes, fields = said.fields, provenance = said.provenance, version = version + 1,
    updated_at = greatest(contact.updated_at + interval '1 microsecond', said.updated_at)
  FROM json_to_recordset($1) AS said (id bigint, external text, ${FIELD_COLUMNS.map((name) => `${name} text`).join(", ")},
    attributes jsonb, fields jsonb, provenance jsonb, updated_at timestamptz)
  WHERE contact_id = said.id`;

function updatedRow({ plan, place }: PlacedUpdate, { at }: Around) {
  const { columns, attributes, additional } = foldValues(plan.profile.values);
  const { provenance } = plan.profile;
  const external = externalIn(plan.keys);
  const named = Object.fromEntries(FIELD_NAMES.map((name) => [COLUMN_OF[name], columns[name] ?? null]));
  return {
    id: idOf(plan),
    external,
    ...named,
    attributes,
    fields: additional,
    provenance,
    updated_at: later(at, place),
  };
}

interface Owned {
  readonly contactId: ContactId;
  readonly keys: readonly NewKey[];
  readonly source: string;
}

/** In the order of the keys, so that two uploads never wait for each other's keys in a circle. */
async function writeKeys(tx: Transaction, owned: readonly Owned[], at: string): Promise<void> {
  const identifiers = owned.flatMap(({ contactId, keys }) =>
    keys.map(({ kind, value }) => [kind, value, contactId, "server", at] as const),
  );
  await copyRows(tx, { table: "identifier", columns: ["kind", "value", "contact_id", "proof", "since"] }, identifiers);
  const channels = owned.flatMap(({ contactId, keys, source }) =>
    keys.flatMap(({ value, channel }) =>
      channel === undefined
        ? []
        : [
            [
              contactId,
              channel.type,
              value,
              channel.spelling,
              channel.status,
              source,
              at,
              at,
              channel.isConfirmed ? at : null,
            ] as const,
          ],
    ),
  );
  await copyRows(tx, { table: "channel", columns: CHANNEL_COLUMNS }, channels);
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

type AuditRow = readonly Cell[];
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

interface AuditAround {
  readonly request: Creation["request"];
  readonly matchedBy: MatchedBy | null;
  readonly secretKey: string;
  readonly at: string;
}

function creationEntry(contactId: ContactId, around: AuditAround): AuditRow {
  return [around.at, "create", contactId, null, null, null, ...wordOf(around)];
}

function keyEntry(contactId: ContactId, { kind, value }: NewKey, around: AuditAround): AuditRow {
  const hmac = `\\x${keyedHash(around.secretKey, kind, value).toString("hex")}`;
  const after = JSON.stringify({ contact: contactId, proof: "server" });
  return [around.at, "update-identifier", contactId, kind, hmac, after, ...wordOf(around)];
}

function wordOf({ request: { trust, cause }, matchedBy }: AuditAround): Cell[] {
  return [matchedBy, trust, cause.actor, cause.requestId, cause.siteId ?? null];
}

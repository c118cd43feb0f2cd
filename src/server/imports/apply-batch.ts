import type { ContactId } from "../../contract/identifiers.ts";
import { addMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import {
  findHolders,
  findTombstones,
  loadPeople,
  lockAndLoadPeople,
  locksOf,
  nameOf,
  readRequest,
  planEasily,
  takeLocks,
  writeMany,
  type Known,
  type EasyPlan,
  type Key,
  type MatchedBy,
  type PlacedCreation,
  type PlacedUpdate,
  type Remembered,
} from "../identity/index.ts";
import { inSlices } from "../lib/in-slices.ts";
import { applyRow, type RowDeps } from "./apply-row.ts";
import type { BatchDeps, Candidacy, RowOutcome, Turn } from "./batch.ts";
import { findByField, findSharers, type Candidate } from "./match-store.ts";
import { IDENTIFYING, type Intent } from "./read-row.ts";
import { candidacyOf, fillingOnly } from "./request.ts";

export interface BatchOrder {
  readonly intents: readonly Intent[];
  /** `forecast`: the caller rolls back; what need not be written to be known is not written. */
  readonly purpose: "write" | "forecast";
  readonly turn?: Turn;
}

/**
 * Rows of one transaction, in their order. Easy ones are decided one by one and written as sets; a row that is not
 * easy, or that meets the person or a key of an earlier one, goes through the full resolver after them. What such rows
 * touch is touched by no easy one, so the end is the same as row by row.
 */
export async function applyBatch(
  tx: Transaction,
  { intents, purpose, turn }: BatchOrder,
  deps: BatchDeps,
): Promise<RowOutcome[]> {
  const candidacies: Candidacy[] = [];
  await inSlices(intents, (intent, place) => candidacies.push(candidacyOf(intent, place, deps)));
  const keys = distinctKeys(candidacies);
  const locks = locksOf(keys);
  await turn?.clear;
  await takeLocks(tx, locks);
  const how =
    purpose === "write" && deps.plan.columns.every(({ target }) => IDENTIFYING.has(target)) ? "bare" : "whole";
  const view = await lookAround(tx, { candidacies, keys, how }, deps);
  const rowDeps: RowDeps = { ...deps, wasErased: view.wasErased, suppressedAs: view.suppressedAs };
  const { easy, hard, areMixed } =
    deps.how === "plain" ? { easy: [], hard: candidacies, areMixed: false } : sort(candidacies, { view, deps });
  if (hard.length === 0) turn?.locked();
  const ids = purpose === "write" || areMixed ? await writeEasy(tx, easy, deps) : new Map<number, ContactId>();
  const outcomes: RowOutcome[] = [];
  for (const { candidacy, plan } of easy) outcomes[candidacy.place] = outcomeOf(candidacy, { plan, ids, purpose });
  if (hard.length > 0) await turn?.before;
  for (const candidacy of hard) outcomes[candidacy.place] = await applyHard(tx, { candidacy, purpose, view }, rowDeps);
  if (purpose === "write") await joinSegment(tx, outcomes, deps);
  return outcomes;
}

function distinctKeys(candidacies: readonly Candidacy[]): Key[] {
  const keys = new Map<string, Key>();
  for (const candidacy of candidacies) candidacy.keys.forEach((key, n) => keys.set(candidacy.names[n] ?? "", key));
  return [...keys.values()];
}

/** What is known, under locks, of everybody the rows could be about. */
interface View {
  readonly holders: ReadonlyMap<string, ContactId>;
  readonly people: ReadonlyMap<ContactId, Known>;
  /** Who has a value of the unique field, where that is not the external id or the contact's own. */
  readonly matches: ReadonlyMap<string, readonly Candidate[]>;
  readonly wasErased: (key: Key) => boolean;
  /** Whether the key was an erased person's, or a browser's history waits for whoever gets it. */
  readonly isRemembered: (key: Key) => boolean;
  readonly suppressedAs: RowDeps["suppressedAs"];
  readonly isHeld: (key: Key) => boolean;
}

interface Asked {
  readonly candidacies: readonly Candidacy[];
  readonly keys: readonly Key[];
}

async function lookAround(
  tx: Transaction,
  { candidacies, keys, how }: Asked & { readonly how: "whole" | "bare" },
  deps: BatchDeps,
): Promise<View> {
  const first = await findAbout(tx, { candidacies, keys }, deps);
  const ids = new Set(first.ids);
  for (const { intent } of candidacies) if (intent.contactId !== undefined) ids.add(intent.contactId);
  const people = await lockAndLoadPeople(tx, [...ids], how);
  // Whom the rows are about by now and was not locked is for the resolver.
  const { holders, matches, remembered } = isStillSo(first, people, deps)
    ? first
    : await findAbout(tx, { candidacies, keys }, deps);
  const isHeld = (key: Key) => holders.has(nameOf(key));
  if (remembered.size === 0) return { holders, matches, people, isHeld, ...NOBODY_REMEMBERED };
  const emails = new Set<string>(candidacies.flatMap(({ normal }) => normal?.email?.value ?? []));
  for (const { channels } of people.values())
    for (const { type, value } of channels) if (type === "email") emails.add(value);
  const { wasErased, isAwaited, suppressed } = await findTombstones(tx, deps.secretKey, {
    remembered,
    keys: keys.filter((key) => !isHeld(key)),
    emails: [...emails],
  });
  const isRemembered = (key: Key) => wasErased(key) || isAwaited(key);
  const suppressedAs = (email: string) => suppressed.get(email)?.status;
  return { holders, matches, people, isHeld, wasErased, isRemembered, suppressedAs };
}

const NOBODY_REMEMBERED: Pick<View, "wasErased" | "isRemembered" | "suppressedAs"> = {
  wasErased: () => false,
  isRemembered: () => false,
  suppressedAs: () => undefined,
};

interface About {
  readonly holders: View["holders"];
  readonly matches: View["matches"];
  readonly remembered: Remembered;
  readonly ids: readonly ContactId[];
}

async function findAbout(tx: Transaction, { candidacies, keys }: Asked, deps: BatchDeps): Promise<About> {
  const { holders, remembered } = await findHolders(tx, keys);
  const matches = await findMatches(tx, candidacies, deps);
  const matched = [...matches.values()].flat().map(({ contactId }) => contactId);
  return { holders, matches, remembered, ids: [...holders.values(), ...matched] };
}

/**
 * Whether the contacts, now that they are locked, have what they were found by. Nobody can have got a key that was free:
 * the keys were locked before. Of several who share a value the order may have changed, so that is looked up again.
 */
function isStillSo({ holders, matches }: About, people: View["people"], { plan: { key } }: BatchDeps): boolean {
  for (const [name, contactId] of holders)
    if (!people.get(contactId)?.identifiers.some((identifier) => nameOf(identifier) === name)) return false;
  for (const [value, [only, ...others]] of matches) {
    const person = only && people.get(only.contactId);
    if (person?.status !== "live" || others.length > 0 || !hasValue(person, key, value)) return false;
    if ((externalOf(person) ?? null) !== only?.externalCustomerId) return false;
  }
  return true;
}

function hasValue({ channels, values }: Known, key: string, value: string): boolean {
  if (key === "email" || key === "phone") {
    const type = key === "email" ? "email" : "sms";
    return channels.some((channel) => channel.type === type && channel.value === value && channel.current);
  }
  const name = key === "contactKey" ? "attributes.contactKey" : key.replace(/^field:/, "fields.");
  return String(values[name]) === value;
}

const externalOf = ({ identifiers }: Known) => identifiers.find(({ kind }) => kind === "external")?.value;

async function findMatches(
  tx: Transaction,
  candidacies: readonly Candidacy[],
  { plan: { key } }: BatchDeps,
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  if (key === "externalCustomerId" || key === "id") return new Map();
  const values = [...new Set(candidacies.map(({ intent }) => intent.keyValue))];
  const found =
    key === "email" || key === "phone"
      ? await findSharers(tx, { type: key === "email" ? "email" : "sms", values })
      : await findByField(tx, { target: key, values });
  const matches = new Map<string, Candidate[]>();
  for (const candidate of found) {
    const list = matches.get(candidate.value);
    if (list === undefined) matches.set(candidate.value, [candidate]);
    else list.push(candidate);
  }
  return matches;
}

interface EasyRow {
  readonly candidacy: Candidacy;
  readonly plan: EasyPlan;
  readonly matchedBy: MatchedBy;
}

interface Sorted {
  readonly easy: readonly EasyRow[];
  readonly hard: readonly Candidacy[];
  /** A hard row may be about a person of an easy one. */
  readonly areMixed: boolean;
}

function sort(
  candidacies: readonly Candidacy[],
  { view, deps }: { readonly view: View; readonly deps: BatchDeps },
): Sorted {
  const touched = new Set<string | number>();
  const easy: EasyRow[] = [];
  const hard: Candidacy[] = [];
  let areMixed = false;
  for (const candidacy of candidacies) {
    const names = namesOf(candidacy, view);
    const isApart = !names.some((name) => touched.has(name));
    for (const name of names) touched.add(name);
    const row = isApart ? planRow(candidacy, view, deps) : undefined;
    areMixed ||= !isApart;
    if (row === undefined) hard.push(candidacy);
    else easy.push(row);
  }
  return { easy, hard, areMixed };
}

const NONE: readonly Candidate[] = [];

/** Everything by which two rows may be about the same person: kinds and values, the value of the unique field, contacts. */
function namesOf({ intent, names }: Candidacy, view: View): (string | ContactId)[] {
  const all: (string | ContactId)[] = [...names, intent.keyValue];
  for (const name of names) {
    const holder = view.holders.get(name);
    if (holder !== undefined) all.push(holder);
  }
  for (const { contactId } of view.matches.get(intent.keyValue) ?? NONE) all.push(contactId);
  if (intent.contactId !== undefined) all.push(intent.contactId);
  return all;
}

function planRow(candidacy: Candidacy, view: View, deps: BatchDeps): EasyRow | undefined {
  const { normal, keys } = candidacy;
  if (normal === undefined) return undefined;
  // Who was erased, and whose history waits for a contact, is for the resolver.
  if (keys.some(view.isRemembered)) return undefined;
  const found = targetOf(candidacy, view, deps);
  if (found === undefined) return undefined;
  const { target, matchedBy } = found;
  const filled = target === undefined ? normal : narrowed(candidacy, target, deps);
  if (filled === undefined) return undefined;
  const plan = planEasily(filled, target, view);
  return plan && { candidacy, plan, matchedBy };
}

function narrowed({ request, normal }: Candidacy, target: Known, deps: BatchDeps) {
  if (deps.settings.existing === "overwrite") return normal;
  const filled = readRequest({ ...fillingOnly(request, target, deps.settings), contactId: numberOf(target) }, deps);
  return "kind" in filled ? undefined : filled;
}

function numberOf({ id }: Known): ContactId {
  if (id === "new") throw new Error("A contact that was loaded has a number.");
  return id;
}

interface Found {
  readonly target: Known | undefined;
  readonly matchedBy: MatchedBy;
}

/** The same order as `findTarget` of a single row; undefined: not as simple as that. */
function targetOf(candidacy: Candidacy, view: View, deps: BatchDeps): Found | undefined {
  const { intent, normal } = candidacy;
  const { key } = deps.plan;
  const matches = view.matches.get(intent.keyValue) ?? NONE;
  const external = normal?.external;
  // Of any field but an address one contact only can be meant.
  if (matches.length > 1 && key !== "email" && key !== "phone") return undefined;
  const holder = external === undefined ? undefined : view.holders.get(nameOf({ kind: "external", value: external }));
  if (key === "id") return personOf(intent.contactId, view, "id");
  if (deps.settings.replaceExternalIds && matches.length > 0) {
    const [match] = matches;
    const isPlain = matches.length === 1 && match !== undefined && (match.externalCustomerId ?? external) === external;
    return isPlain ? personOf(match.contactId, view, "id") : undefined;
  }
  if (holder !== undefined) return personOf(holder, view, "externalCustomerId");
  if (matches.length === 0) return { target: undefined, matchedBy: "id" };
  const fitting = matches.filter(
    ({ externalCustomerId }) => external === undefined || (externalCustomerId ?? external) === external,
  );
  const [first] = fitting;
  if (first === undefined) return undefined;
  return personOf(first.contactId, view, "id");
}

function personOf(contactId: ContactId | undefined, view: View, matchedBy: MatchedBy): Found | undefined {
  const target = contactId === undefined ? undefined : view.people.get(contactId);
  return target && { target, matchedBy };
}

async function writeEasy(
  tx: Transaction,
  easy: readonly EasyRow[],
  { secretKey, now }: BatchDeps,
): Promise<ReadonlyMap<number, ContactId>> {
  const creations: PlacedCreation[] = [];
  const updates: PlacedUpdate[] = [];
  for (const { candidacy, plan, matchedBy } of easy)
    if (plan.kind === "create") creations.push({ place: candidacy.place, plan });
    else if (plan.kind === "update") updates.push({ place: candidacy.place, plan, matchedBy });
  const ids = await writeMany(tx, { creations, updates }, { secretKey, at: now });
  return new Map(ids.map((id, n) => [creations[n]?.place ?? -1, id]));
}

interface Written {
  readonly plan: EasyPlan;
  readonly ids: ReadonlyMap<number, ContactId>;
  readonly purpose: BatchOrder["purpose"];
}

function outcomeOf({ place, intent: { row } }: Candidacy, { plan, ids, purpose }: Written): RowOutcome {
  const shown = purpose === "forecast" && { ...describe(plan) };
  if (plan.kind === "create") {
    const contactId = ids.get(place);
    return { row, result: "created", ...(contactId !== undefined && { contactId }), ...shown };
  }
  const result = plan.kind === "update" ? "updated" : "unchanged";
  return { row, result, contactId: numberOf(plan.contact), ...shown };
}

function describe(plan: EasyPlan): Pick<RowOutcome, "before" | "after"> {
  const before = plan.kind === "create" ? undefined : plan.contact;
  return { before, after: plan.kind === "unchanged" ? plan.contact : expected(plan) };
}

/** The contact as the plan leaves it, as far as a sample shows it. */
function expected(plan: Exclude<EasyPlan, { kind: "unchanged" }>): Known {
  const base: Known =
    plan.kind === "update"
      ? { ...plan.contact, ...plan.profile }
      : {
          id: "new",
          status: "live",
          values: Object.fromEntries(Object.entries(plan.request.values).filter(([, value]) => value !== null)),
          provenance: {},
          identifiers: [],
          channels: [],
        };
  const added = plan.keys.map(({ kind, value }) => ({ kind, value, proof: "server" as const }));
  return { ...base, identifiers: [...base.identifiers, ...added] };
}

async function applyHard(
  tx: Transaction,
  {
    candidacy,
    purpose,
    view,
  }: { readonly candidacy: Candidacy; readonly purpose: BatchOrder["purpose"]; readonly view: View },
  deps: RowDeps,
): Promise<RowOutcome> {
  const outcome = await applyRow(tx, candidacy, deps);
  if (purpose === "write" || outcome.contactId === undefined) return outcome;
  const after = (await loadPeople(tx, [outcome.contactId])).get(outcome.contactId);
  return { ...outcome, before: view.people.get(outcome.contactId), after };
}

async function joinSegment(
  tx: Transaction,
  outcomes: readonly RowOutcome[],
  { segment, now }: BatchDeps,
): Promise<void> {
  if (segment === undefined) return;
  const contacts = [...new Set(outcomes.flatMap(({ contactId }) => contactId ?? []))];
  if (contacts.length > 0) await addMembers(tx, { groups: [segment], contacts, now });
}

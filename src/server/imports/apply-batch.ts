import type { ContactId } from "../../contract/identifiers.ts";
import { addMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import {
  loadPeople,
  locksOf,
  takeLocks,
  writeMany,
  type EasyPlan,
  type Key,
  type PlacedCreation,
  type PlacedUpdate,
} from "../identity/index.ts";
import { inSlices } from "../lib/in-slices.ts";
import { applyRow, type RowDeps } from "./apply-row.ts";
import type { BatchDeps, Candidacy, RowOutcome, Shown, Turn } from "./batch.ts";
import { lookAround, type View } from "./look-around.ts";
import { IDENTIFYING, type Intent } from "./read-row.ts";
import { candidacyOf } from "./request.ts";
import { sortRows, type EasyRow } from "./sort-rows.ts";

export interface BatchOrder {
  readonly intents: readonly Intent[];
  /** `forecast`: the caller rolls back; what need not be written to be known is not written. */
  readonly purpose: "write" | "forecast";
  readonly turn?: Turn;
  /** More rows come in the same transaction, and have to see what became of these. */
  readonly goesOn?: boolean;
}

/**
 * Rows of one transaction, in their order. Easy ones are decided one by one and written as sets; a row that is not
 * easy, or that meets the person or a key of an earlier one, goes through the full resolver after them. What such rows
 * touch is touched by no easy one, so the end is the same as row by row.
 */
export async function applyBatch(
  tx: Transaction,
  { intents, purpose, turn, goesOn = false }: BatchOrder,
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
    deps.how === "plain" ? { easy: [], hard: candidacies, areMixed: false } : sortRows(candidacies, { view, deps });
  if (hard.length === 0) turn?.locked();
  const ids =
    purpose === "write" || areMixed || goesOn ? await writeEasy(tx, easy, deps) : new Map<number, ContactId>();
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
  return { row, result, contactId: plan.contact.id, ...shown };
}

function describe(plan: EasyPlan): Pick<RowOutcome, "before" | "after"> {
  const before = plan.kind === "create" ? undefined : plan.contact;
  return { before, after: plan.kind === "unchanged" ? plan.contact : expected(plan) };
}

/** The contact as the plan leaves it, as far as a sample shows it. */
function expected(plan: Exclude<EasyPlan, { kind: "unchanged" }>): Shown {
  const added = plan.keys.map(({ kind, value }) => ({ kind, value, proof: "server" as const }));
  if (plan.kind === "create") {
    const said = Object.entries(plan.request.values).filter(([, value]) => value !== null);
    return { identifiers: added, values: Object.fromEntries(said) };
  }
  const { contact, profile } = plan;
  return { ...contact, ...profile, identifiers: [...contact.identifiers, ...added] };
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

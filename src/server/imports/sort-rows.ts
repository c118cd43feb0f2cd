import type { ContactId } from "../../contract/identifiers.ts";
import { nameOf, planEasily, readRequest, type EasyPlan, type Known, type MatchedBy } from "../identity/index.ts";
import type { BatchDeps, Candidacy } from "./batch.ts";
import type { View } from "./look-around.ts";
import type { Candidate } from "./match-store.ts";
import { fillingOnly } from "./request.ts";

export interface EasyRow {
  readonly candidacy: Candidacy;
  readonly plan: EasyPlan;
  readonly matchedBy: MatchedBy;
}

export interface Sorted {
  readonly easy: readonly EasyRow[];
  readonly hard: readonly Candidacy[];
  /** A hard row may be about a person of an easy one. */
  readonly areMixed: boolean;
}

/** What is decided about a row here and now, and who has to go through the full resolver; each in the order of the file. */
export function sortRows(
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
  const filled = readRequest({ ...fillingOnly(request, target, deps.settings), contactId: target.id }, deps);
  return "kind" in filled ? undefined : filled;
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

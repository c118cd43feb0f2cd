import type { ContactId } from "../../contract/identifiers.ts";
import type { Condition, ConditionGroup, SegmentRow, Verdict, Worded } from "../../contract/segments.ts";
import { addMembers, findContactState, findMembers, removeMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import { loadFields } from "./catalogue.ts";
import { readCondition, type ConditionFault } from "./check-rules.ts";
import { compile } from "./condition-sql.ts";
import { sentenceFor, type SegmentDeps } from "./definitions.ts";
import { findMeeting, findVerdicts, memberQuery, type Found, type MemberQuery, type Slice } from "./evaluate-store.ts";
import { lineOf, sentenceOf } from "./sentence.ts";
import { findStored, holdLists, listStored, type StoredSegment } from "./store.ts";

/** A list is the people of whom "is in this list" is true. */
function treeOf({ id, condition }: Pick<StoredSegment, "id" | "condition">): ConditionGroup {
  return condition ?? { kind: "all", of: [{ kind: "field", field: "list", operator: "is", values: [id] }] };
}

/** Who is in a segment at this moment. Undefined: there is no such segment. */
export async function listSegmentMembers(deps: SegmentDeps, id: number, slice: Slice): Promise<Found | undefined> {
  const segment = await findStored(deps.db, id);
  if (segment === undefined) return undefined;
  const fields = await loadFields(deps.db);
  return findMeeting(deps.db, compile(treeOf(segment), { fields, now: deps.clock() }), slice);
}

/**
 * What finds the members of a segment. `given`: values that the statement around it has already. Undefined: there is no
 * such segment.
 */
export async function findMemberQuery(
  deps: SegmentDeps,
  id: number,
  given: readonly unknown[],
): Promise<MemberQuery | undefined> {
  const segment = await findStored(deps.db, id);
  if (segment === undefined) return undefined;
  const fields = await loadFields(deps.db);
  return memberQuery(compile(treeOf(segment), { fields, now: deps.clock(), given }));
}

export interface DynamicMembership {
  readonly id: number;
  readonly query: MemberQuery;
}

/** Every dynamic segment with what finds its members. */
export async function listDynamicMemberships({ db, clock }: SegmentDeps): Promise<DynamicMembership[]> {
  const [segments, fields] = await Promise.all([listStored(db), loadFields(db)]);
  return segments
    .filter(({ kind }) => kind === "dynamic")
    .map((segment) => ({
      id: segment.id,
      query: memberQuery(compile(treeOf(segment), { fields, now: clock() })),
    }));
}

export type TrialOutcome =
  | { readonly kind: "tried"; readonly sentence: Worded; readonly found: Found }
  | { readonly kind: "refused"; readonly faults: readonly ConditionFault[] };

/** Who would be in a segment with these conditions: all counted, the newest ten named. */
export async function tryCondition({ db, clock }: SegmentDeps, tree: unknown): Promise<TrialOutcome> {
  const fields = await loadFields(db);
  const reading = readCondition(tree, fields);
  if (reading.kind === "refused") return reading;
  const compiled = compile(reading.condition, { fields, now: clock() });
  const found = await findMeeting(db, compiled, { order: "newest", before: undefined, limit: 10 });
  return { kind: "tried", sentence: sentenceOf(reading.condition, fields), found };
}

export interface ContactInSegment {
  readonly contactId: ContactId;
  readonly isLive: boolean;
  readonly isMember: boolean;
  readonly lines: readonly Verdict[];
}

/** Is this contact in it, and which condition decides? Undefined: there is no such segment or contact. */
export async function explainMember(
  { db, clock }: SegmentDeps,
  { id, contactId: asked }: { readonly id: number; readonly contactId: ContactId },
): Promise<ContactInSegment | undefined> {
  const [segment, fields, state] = await Promise.all([findStored(db, id), loadFields(db), findContactState(db, asked)]);
  if (segment === undefined || state.kind === "unknown" || state.kind === "erased") return undefined;
  const { contactId } = state;
  const tree = treeOf(segment);
  const compiled = compile(tree, { fields, now: clock(), contacts: [contactId] });
  const verdicts = await findVerdicts(db, compiled);
  if (verdicts === undefined) return undefined;
  const lines = segment.condition === null ? [] : flattened(segment.condition, 0);
  return {
    contactId,
    isLive: verdicts.isLive,
    isMember: verdicts.isLive && verdicts.holds[0] === true,
    lines: lines.map(({ condition, depth }, index) => ({
      depth,
      group: "of" in condition ? condition.kind : null,
      words: lineOf(condition, fields),
      holds: verdicts.holds[index] === true,
    })),
  };
}

interface Line {
  readonly condition: Condition;
  readonly depth: number;
}

function flattened(condition: Condition, depth: number): Line[] {
  const parts = "of" in condition ? condition.of.flatMap((part) => flattened(part, depth + 1)) : [];
  return [{ condition, depth }, ...parts];
}

/** The segments that a contact is in at this moment; a deleted one is in none. */
export async function listSegmentsOf({ db, clock }: SegmentDeps, contactId: ContactId): Promise<SegmentRow[]> {
  const [segments, fields] = await Promise.all([listStored(db), loadFields(db)]);
  const rows: SegmentRow[] = [];
  for (const segment of segments) {
    const compiled = compile(treeOf(segment), { fields, now: clock(), contacts: [contactId] });
    const verdicts = await findVerdicts(db, compiled);
    if (verdicts?.isLive !== true || verdicts.holds[0] !== true) continue;
    const { id, name, kind, createdAt } = segment;
    rows.push({ id, name, kind, createdAt, sentence: sentenceFor(segment, fields) });
  }
  return rows;
}

export type MembersOutcome =
  { readonly kind: "changed"; readonly count: number } | { readonly kind: "unknown" } | { readonly kind: "dynamic" };

/** Puts contacts into a list. Ids that lead to nobody alive are left out; `count`: those that were not in it before. */
export function joinList(
  { db, clock }: SegmentDeps,
  { id, contacts }: { readonly id: number; readonly contacts: readonly number[] },
): Promise<MembersOutcome> {
  return db.transaction(async (tx): Promise<MembersOutcome> => {
    const refusal = await holdList(tx, id);
    if (refusal !== undefined) return refusal;
    const found = [...new Set(await findMembers(tx, { ids: [...new Set(contacts)], externalIds: [] }))];
    const added = await addMembers(tx, { groups: [id], contacts: found, now: clock() });
    return { kind: "changed", count: added.length };
  });
}

/** Keeps it from being deleted; or says why nobody can be put there. */
async function holdList(tx: Transaction, id: number): Promise<MembersOutcome | undefined> {
  if ((await holdLists(tx, [id])).length > 0) return undefined;
  return { kind: (await findStored(tx, id)) === undefined ? "unknown" : "dynamic" };
}

export function leaveList(
  { db }: SegmentDeps,
  { id, contactId }: { readonly id: number; readonly contactId: ContactId },
): Promise<MembersOutcome> {
  return db.transaction(async (tx): Promise<MembersOutcome> => {
    const refusal = await holdList(tx, id);
    if (refusal !== undefined) return refusal;
    await removeMembers(tx, { groups: [id], contacts: [contactId] });
    return { kind: "changed", count: 1 };
  });
}

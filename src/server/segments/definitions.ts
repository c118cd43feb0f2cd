import type {
  ConditionGroup,
  NewSegment,
  Segment,
  SegmentChange,
  SegmentRow,
  Worded,
} from "../../contract/segments.ts";
import type { Database, Transaction } from "../db/database.ts";
import type { FindFieldUses } from "../fields/index.ts";
import type { Clock } from "../lib/clock.ts";
import { additionalName, loadFields } from "./catalogue.ts";
import { fieldsIn, listsIn, readCondition, type ConditionFault } from "./check-rules.ts";
import type { SegmentField } from "./fields.ts";
import { sentenceOf, titleOf } from "./sentence.ts";
import {
  deleteStored,
  holdLists,
  insertSegment,
  listStored,
  lockStored,
  updateStored,
  type StoredSegment,
} from "./store.ts";

export interface SegmentDeps {
  readonly db: Database;
  readonly clock: Clock;
}

type Fields = ReadonlyMap<string, SegmentField>;

export const sentenceFor = ({ condition }: Pick<StoredSegment, "condition">, fields: Fields): Worded | null =>
  condition === null ? null : sentenceOf(condition, fields);

const tellRow = (segment: StoredSegment, fields: Fields): SegmentRow => ({
  id: segment.id,
  name: segment.name,
  kind: segment.kind,
  createdAt: segment.createdAt,
  sentence: sentenceFor(segment, fields),
});

/** Every segment, by name. */
export async function listSegments({ db }: SegmentDeps): Promise<SegmentRow[]> {
  const [segments, fields] = await Promise.all([listStored(db), loadFields(db)]);
  return segments.map((segment) => tellRow(segment, fields));
}

export async function findSegment({ db }: SegmentDeps, id: number): Promise<Segment | undefined> {
  const [segments, fields] = await Promise.all([listStored(db), loadFields(db)]);
  const segment = segments.find((one) => one.id === id);
  if (segment === undefined) return undefined;
  return { ...tellRow(segment, fields), condition: segment.condition, usedBy: usersOf(id, segments) };
}

/** Those whose conditions ask for members of the list. */
function usersOf(list: number, segments: readonly StoredSegment[]): { id: number; name: string }[] {
  return segments
    .filter(({ condition }) => condition !== null && listsIn(condition).includes(list))
    .map(({ id, name }) => ({ id, name }));
}

export type SaveOutcome =
  | { readonly kind: "saved"; readonly id: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly faults: readonly ConditionFault[] };

const refused = (path: string, message: string): SaveOutcome => ({ kind: "refused", faults: [{ path, message }] });
const NAME_TAKEN = refused("name", "Another segment has this name. Choose another name.");
const NAME_MISSING = refused("name", "A segment needs a name.");

/** With a condition it is dynamic, and named after its sentence unless it is told. */
export async function createSegment(deps: SegmentDeps, wanted: NewSegment): Promise<SaveOutcome> {
  const { db, clock } = deps;
  const fields = await loadFields(db);
  const name = wanted.name?.trim() ?? "";
  if (wanted.condition === undefined) {
    if (name === "") return NAME_MISSING;
    const id = await db.transaction((tx) => insertSegment(tx, { name, condition: null, now: clock() }));
    return id === undefined ? NAME_TAKEN : { kind: "saved", id };
  }
  const reading = readCondition(wanted.condition, fields);
  if (reading.kind === "refused") return reading;
  const { condition } = reading;
  const names = name === "" ? ownNames(titleOf(condition, fields, wanted.language ?? "en")) : [name];
  return db.transaction(async (tx) => {
    if (await someListIsGone(tx, condition)) return LIST_GONE;
    for (const one of names) {
      const id = await insertSegment(tx, { name: one, condition, now: clock() });
      if (id !== undefined) return { kind: "saved", id };
    }
    return NAME_TAKEN;
  });
}

const LONGEST_OWN_NAME = 120;

/** The title, and numbered ones for when it is taken. */
function ownNames(title: string): string[] {
  const short = [...title].length > LONGEST_OWN_NAME ? `${[...title].slice(0, LONGEST_OWN_NAME - 1).join("")}…` : title;
  return [short, ...Array.from({ length: 98 }, (_, index) => `${short} (${index + 2})`)];
}

const LIST_GONE = refused("condition", "A list that the conditions ask for was deleted meanwhile.");

async function someListIsGone(tx: Transaction, condition: ConditionGroup): Promise<boolean> {
  const asked = new Set(listsIn(condition));
  return asked.size > 0 && (await holdLists(tx, [...asked])).length < asked.size;
}

export async function changeSegment(deps: SegmentDeps, id: number, change: SegmentChange): Promise<SaveOutcome> {
  const fields = await loadFields(deps.db);
  const reading = change.condition === undefined ? undefined : readCondition(change.condition, fields);
  if (reading?.kind === "refused") return reading;
  return deps.db.transaction(async (tx) => {
    const known = await lockStored(tx, id);
    if (known === undefined) return { kind: "unknown" };
    if (reading !== undefined && known.kind === "list") return refused("condition", "A list has no conditions.");
    if (reading !== undefined && (await someListIsGone(tx, reading.condition))) return LIST_GONE;
    const name = (change.name ?? known.name).trim();
    if (name === "") return NAME_MISSING;
    const saved = await updateStored(tx, { id, name, condition: reading?.condition ?? known.condition });
    return saved ? { kind: "saved", id } : NAME_TAKEN;
  });
}

export type RemoveOutcome =
  | { readonly kind: "removed" }
  | { readonly kind: "unknown" }
  | { readonly kind: "inUse"; readonly usedBy: readonly { readonly id: number; readonly name: string }[] };

/** What others ask for is not removed: their conditions would silently find nobody. */
export function removeSegment({ db }: SegmentDeps, id: number): Promise<RemoveOutcome> {
  return db.transaction(async (tx): Promise<RemoveOutcome> => {
    if ((await lockStored(tx, id)) === undefined) return { kind: "unknown" };
    const usedBy = usersOf(id, await listStored(tx));
    if (usedBy.length > 0) return { kind: "inUse", usedBy };
    await deleteStored(tx, id);
    return { kind: "removed" };
  });
}

/** The segments whose conditions ask for an additional field: without it they would silently find nobody. */
export const segmentsThatAsk: FindFieldUses = async (db, fieldId) => {
  const name = additionalName(fieldId);
  const segments = await listStored(db);
  return segments
    .filter(({ condition }) => condition !== null && fieldsIn(condition).includes(name))
    .map((segment) => ({ kind: "segment", id: String(segment.id), name: segment.name, hinders: true }));
};

import type { ActResult } from "../../contract/acts.ts";
import type { ContactId, Instant } from "../../contract/identifiers.ts";
import { addMembers, findMembersAmong, removeMembers } from "../contacts/index.ts";
import type { Transaction } from "../db/database.ts";
import {
  deleteTogether,
  lockPeople,
  resolveInTransaction,
  resolveTogether,
  type Cause,
  type IdentityDeps,
  type IdentityOutcome,
  type IdentityRequest,
} from "../identity/index.ts";
import { findPeople, holdSurvivors, type Person } from "./people-store.ts";
import type { ActRow } from "./store.ts";

/** What is done, to whom, on whose word. */
export interface Application {
  readonly act: Pick<ActRow, "kind" | "segmentId">;
  readonly contactIds: readonly ContactId[];
  readonly now: Instant;
  readonly cause: Cause;
}

export type Results = ReadonlyMap<ContactId, ActResult>;

/** Does it to all of them in the caller's transaction, which must be retried as a whole, and says what became of each. */
export function apply(tx: Transaction, application: Application, deps: IdentityDeps): Promise<Results> {
  switch (application.act.kind) {
    case "join":
      return join(tx, application);
    case "leave":
      return leave(tx, application);
    case "delete":
      return remove(tx, application, deps);
    case "restore":
      return restore(tx, application, deps);
  }
}

const resultsOf = (ids: readonly ContactId[], tell: (id: ContactId) => ActResult): Results =>
  new Map(ids.map((id) => [id, tell(id)]));

function groupOf({ segmentId }: Application["act"]): number {
  if (segmentId === null) throw new Error("An act about a list has none.");
  return segmentId;
}

async function join(tx: Transaction, { act, contactIds, now }: Application): Promise<Results> {
  const group = groupOf(act);
  const people = await holdSurvivors(tx, contactIds);
  const live = [...new Set([...people.values()].filter(({ status }) => status === "live"))].map((it) => it.contactId);
  const inIt = new Set(await findMembersAmong(tx, { group, contacts: live }));
  const wanted = live.filter((id) => !inIt.has(id));
  const added = new Set(await addMembers(tx, { groups: [group], contacts: wanted, now }));
  return resultsOf(contactIds, (id) => {
    const person = people.get(id);
    if (person === undefined) return "unknown";
    if (person.status !== "live") return person.status === "deleted" ? "deleted" : "erased";
    return added.has(person.contactId) ? "changed" : "already";
  });
}

async function leave(tx: Transaction, { act, contactIds }: Application): Promise<Results> {
  const people = await holdSurvivors(tx, contactIds);
  const contacts = [...people.values()].map(({ contactId }) => contactId);
  const removed = new Set(await removeMembers(tx, { groups: [groupOf(act)], contacts }));
  return resultsOf(contactIds, (id) => {
    const person = people.get(id);
    if (person === undefined) return "unknown";
    if (removed.has(person.contactId)) return "changed";
    return person.status === "erased" ? "erased" : "already";
  });
}

async function remove(tx: Transaction, { contactIds, now, cause }: Application, deps: IdentityDeps): Promise<Results> {
  const removed = new Set(await deleteTogether(tx, { contactIds, at: now, cause }, deps));
  const people = await findPeople(tx, contactIds);
  return resultsOf(contactIds, (id) => {
    if (removed.has(id)) return "changed";
    const status = people.get(id)?.status;
    if (status === undefined) return "unknown";
    return status === "erased" || status === "merged" ? status : "already";
  });
}

/** Naming a deleted contact by its external id restores it: the same road a back end takes. */
export const restoringRequest = (
  externalCustomerId: string,
  { now, cause }: Pick<Application, "now" | "cause">,
): IdentityRequest => ({
  trust: "server",
  verb: "upsert",
  externalCustomerId,
  moment: now,
  receivedAt: now,
  contactSource: "ADMIN",
  cause,
});

async function restore(tx: Transaction, application: Application, deps: IdentityDeps): Promise<Results> {
  const { contactIds } = application;
  const seen = restorable(await findPeople(tx, contactIds));
  await lockPeople(
    tx,
    seen.map(({ externalCustomerId: value }) => ({ kind: "external", value })),
  );
  // Under the locks nobody is erased meanwhile, so that nobody new is made in their place.
  const people = await findPeople(tx, contactIds);
  const wanted = restorable(people).filter(({ contactId }) => seen.some((it) => it.contactId === contactId));
  const requests = wanted.map(({ externalCustomerId }) => restoringRequest(externalCustomerId, application));
  const outcomes = requests.length === 0 ? [] : await resolveTogether(tx, requests, deps);
  const restored = new Map<ContactId, IdentityOutcome>();
  for (const [place, request] of requests.entries()) {
    const outcome = outcomes[place] ?? (await resolveInTransaction(tx, request, deps));
    const contactId = wanted[place]?.contactId;
    if (contactId !== undefined) restored.set(contactId, outcome);
  }
  return resultsOf(contactIds, (id) => {
    const person = people.get(id);
    if (person === undefined) return "unknown";
    const outcome = restored.get(id);
    if (outcome !== undefined) return outcome.kind === "resolved" && outcome.contactId === id ? "changed" : "failed";
    if (person.status === "live") return "already";
    return person.status === "deleted"
      ? person.externalCustomerId === null
        ? "noExternalId"
        : "failed"
      : person.status;
  });
}

type Restorable = Person & { readonly externalCustomerId: string };

const restorable = (people: ReadonlyMap<ContactId, Person>): readonly Restorable[] =>
  [...people.values()].filter(
    (person): person is Restorable => person.status === "deleted" && person.externalCustomerId !== null,
  );

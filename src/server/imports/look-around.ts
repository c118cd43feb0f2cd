import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import {
  findHolders,
  findTombstones,
  lockAndLoadPeople,
  nameOf,
  type Key,
  type Known,
  type Remembered,
} from "../identity/index.ts";
import type { RowDeps } from "./apply-row.ts";
import type { BatchDeps, Candidacy } from "./batch.ts";
import { findByField, findSharers, type Candidate } from "./match-store.ts";

/** What is known, under locks, of everybody the rows could be about. */
export interface View {
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

/** Locks whomever the rows could be about, and says what is known of them by then. */
export async function lookAround(
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

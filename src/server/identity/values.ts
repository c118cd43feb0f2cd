import type { Instant } from "../../contract/identifiers.ts";
import type { ContactRef } from "./facts.ts";
import type { ContactFields } from "./request.ts";

/** Fields and attributes in one flat map: `firstName`, `attributes.plan`, `fields.7`. Only what has a value is in it. */
export type Values = Readonly<Record<string, unknown>>;

/** Who said a value, when: what makes merging independent of the order (a last-writer register with ranks). */
export interface Register {
  readonly rank: number;
  readonly at: Instant;
  readonly by: ContactRef;
}
export type Provenance = Readonly<Record<string, Register>>;

export interface Profile {
  readonly values: Values;
  readonly provenance: Provenance;
}

export const FIELD_NAMES = [
  "firstName",
  "lastName",
  "languageCode",
  "timeZone",
  "region",
  "town",
  "address",
  "postcode",
  "countryCode",
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];
/** What the names of attributes, and of additional fields, begin with in {@link Values}. */
export const ATTRIBUTE = "attributes.";
export const ADDITIONAL = "fields.";

/** Absent and blank values are left out, for they mean "leave alone"; `null` stays and means "clear". */
export function flattenFields(fields: ContactFields): Values {
  const values: Record<string, unknown> = {};
  for (const name of FIELD_NAMES) note(values, name, fields[name]);
  for (const name in fields.attributes) note(values, ATTRIBUTE + name, fields.attributes[name]);
  for (const name in fields.additional) note(values, ADDITIONAL + name, fields.additional[name]);
  return values;
}

function note(values: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) return;
  const said = typeof value === "string" ? value.trim() : value;
  if (said !== "") values[name] = said;
}

/** A contact's row: its columns, and two of them that are maps themselves. */
export interface FoldedValues {
  readonly columns: Partial<Record<FieldName, string>>;
  readonly attributes: Values;
  readonly additional: Values;
}

/** The opposite of {@link flattenFields}. */
export function foldValues(values: Values): FoldedValues {
  const columns: Partial<Record<FieldName, string>> = {};
  for (const name of FIELD_NAMES) {
    const value = values[name];
    if (typeof value === "string") columns[name] = value;
  }
  return { columns, attributes: below(ATTRIBUTE, values), additional: below(ADDITIONAL, values) };
}

function below(prefix: string, values: Values): Values {
  // Without a prototype, for an attribute may be called anything.
  const found = Object.create(null) as Record<string, unknown>;
  for (const name in values) if (name.startsWith(prefix)) found[name.slice(prefix.length)] = values[name];
  return found;
}

/** Rule M3 for two whole profiles: commutative, associative, idempotent. */
export function mergeProfiles(a: Profile, b: Profile): Profile {
  const names = new Set([...Object.keys(a.values), ...Object.keys(b.values)]);
  const values: Record<string, unknown> = {};
  const provenance: Record<string, Register> = {};
  for (const name of names) {
    const from = prevails(entry(a, name), entry(b, name)) ? a : b;
    values[name] = from.values[name];
    provenance[name] = entry(from, name).register;
  }
  return { values, provenance };
}

interface Entry {
  readonly value: unknown;
  readonly register: Register;
}

const NEVER_SAID: Register = { rank: -1, at: -Infinity, by: "new" };

function entry(profile: Profile, name: string): Entry {
  return { value: profile.values[name], register: profile.provenance[name] ?? NEVER_SAID };
}

/** Non-empty beats empty, then rank, then newest, then the lower contact id. */
function prevails(a: Entry, b: Entry): boolean {
  if (a.value === undefined || b.value === undefined) return a.value !== undefined;
  const [x, y] = [a.register, b.register];
  if (x.rank !== y.rank) return x.rank > y.rank;
  if (x.at !== y.at) return x.at > y.at;
  if (x.by !== y.by) return ordinal(x.by) < ordinal(y.by);
  return canonical(a.value) <= canonical(b.value);
}

/** JSON with sorted keys: jsonb gives an object back with its keys in another order. */
export function canonical(value: unknown): string {
  return value === undefined
    ? ""
    : JSON.stringify(value, (_, part: unknown) =>
        typeof part === "object" && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
          : part,
      );
}

/** Texts are by far the most of what is compared, and need not be written as JSON for it. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "string" || b === undefined) return a === b;
  return canonical(a) === canonical(b);
}

const ordinal = (ref: ContactRef) => (ref === "new" ? Infinity : ref);

/**
 * What a request says about one contact; the same two objects when that is nothing new. With `insist`, the caller's word
 * stands whatever the clocks say: a back end whose clock went back a second must not see its update vanish. Otherwise the
 * register decides, so that what a browser said late, or on its own, never replaces better knowledge.
 */
export function sayAbout(profile: Profile, said: Values, how: Register & { readonly insist: boolean }): Profile {
  const values = { ...profile.values };
  const provenance = { ...profile.provenance };
  let isNew = false;
  for (const name in said) {
    const value = said[name];
    const known = entry(profile, name);
    const register = { rank: how.rank, at: how.at, by: how.by };
    if (value === null) {
      if (!how.insist || (known.value === undefined && known.register === NEVER_SAID)) continue;
      delete values[name];
      delete provenance[name];
      isNew = true;
    } else if (isSame(value, known.value)) {
      // Saying it again adds nothing, unless it comes from somebody who knows better.
      if (register.rank <= known.register.rank) continue;
      provenance[name] = register;
      isNew = true;
    } else if (how.insist || outranks(register, known)) {
      values[name] = value;
      provenance[name] = { ...register, at: Math.max(register.at, known.register.at) };
      isNew = true;
    }
  }
  return isNew ? { values, provenance } : { values: profile.values, provenance: profile.provenance };
}

function outranks(said: Register, known: Entry): boolean {
  if (known.value === undefined || said.rank !== known.register.rank) {
    return known.value === undefined || said.rank > known.register.rank;
  }
  return said.at >= known.register.at;
}

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
const ATTRIBUTE = "attributes.";
const ADDITIONAL = "fields.";

/** Absent and blank values are left out, for they mean "leave alone"; `null` stays and means "clear". */
export function flattenFields(fields: ContactFields): Values {
  const attributes = named(ATTRIBUTE, fields.attributes);
  const additional = named(ADDITIONAL, fields.additional);
  const columns = FIELD_NAMES.map((name) => [name, fields[name]] as const);
  return Object.fromEntries(
    [...columns, ...attributes, ...additional]
      .filter(([, value]) => value !== undefined && !(typeof value === "string" && value.trim() === ""))
      .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]),
  );
}

function named(prefix: string, values: Values = {}): (readonly [string, unknown])[] {
  return Object.entries(values).map(([name, value]) => [prefix + name, value] as const);
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
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

export const EMPTY_PROFILE: Profile = { values: {}, provenance: {} };

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

const ordinal = (ref: ContactRef) => (ref === "new" ? Infinity : ref);

/**
 * What a request says about one contact. With `insist`, the caller's word stands whatever the clocks say: a back end
 * whose clock went back a second must not see its update vanish. Otherwise the register decides, so that what a
 * browser said late, or on its own, never replaces better knowledge.
 */
export function sayAbout(profile: Profile, said: Values, how: Register & { readonly insist: boolean }): Profile {
  const values = { ...profile.values };
  const provenance = { ...profile.provenance };
  for (const [name, value] of Object.entries(said)) {
    const known = entry(profile, name);
    const register = { rank: how.rank, at: how.at, by: how.by };
    if (value === null) {
      if (!how.insist) continue;
      delete values[name];
      delete provenance[name];
    } else if (canonical(value) === canonical(known.value)) {
      // Saying it again adds nothing, unless it comes from somebody who knows better.
      if (register.rank > known.register.rank) provenance[name] = register;
    } else if (how.insist || outranks(register, known)) {
      values[name] = value;
      provenance[name] = { ...register, at: Math.max(register.at, known.register.at) };
    }
  }
  return { values, provenance };
}

function outranks(said: Register, known: Entry): boolean {
  if (known.value === undefined || said.rank !== known.register.rank) {
    return known.value === undefined || said.rank > known.register.rank;
  }
  return said.at >= known.register.at;
}

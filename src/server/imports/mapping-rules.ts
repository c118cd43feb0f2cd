import type { ImportColumn, ImportSettings } from "../../contract/imports.ts";
import type { ImportField } from "./fields.ts";
import { targetNamed } from "./targets.ts";

export const DEFAULT_SETTINGS: Omit<ImportSettings, "columns"> = {
  existing: "overwrite",
  emptyCells: "leave",
  newAddresses: "confirmed",
  deleted: "restore",
  replaceExternalIds: false,
  segment: null,
  country: null,
};

export interface Mapping {
  readonly fields: readonly ImportField[];
  readonly hasHeader: boolean;
}

/** What columns hold by their names, or without names by their values; of two that hold the same, the first. */
export function mapColumns(columns: readonly ImportColumn[], { fields, hasHeader }: Mapping): (string | null)[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const target = hasHeader ? targetSaid(column, fields) : targetShown(column);
    if (target === undefined || taken.has(target)) return null;
    taken.add(target);
    return target;
  });
}

/** "id" alone is the number that some other program gave: whether people are known by it here, only a person can say. */
function targetSaid({ name }: ImportColumn, fields: readonly ImportField[]): string | undefined {
  const field = fieldNamed(name, fields);
  return field ?? (name.trim().toLowerCase() === "id" ? undefined : targetNamed(name));
}

/** Emails, and phones with their country, are known by what they look like. */
function targetShown({ samples }: ImportColumn): string | undefined {
  if (samples.length === 0) return undefined;
  if (samples.every((sample) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(sample))) return "email";
  return samples.every((sample) => /^\+[\d\s().-]{8,20}$/.test(sample)) ? "phone" : undefined;
}

/** The additional field with this key or name. */
export function fieldNamed(name: string, fields: readonly ImportField[]): string | undefined {
  const asked = name.trim().toLowerCase();
  const field = fields.find(({ key, name: title }) => key.toLowerCase() === asked || title.toLowerCase() === asked);
  return field && `field:${field.id}`;
}

/** Settings of an earlier file with these columns. Nothing: too little of them is left. */
export function settingsAgain(
  { key, ...known }: ImportSettings,
  { columns, fields }: { readonly columns: readonly ImportColumn[]; readonly fields: readonly ImportField[] },
): ImportSettings | undefined {
  const isThere = isKnown(fields);
  // `errors.csv` has the columns of its file first, and its own behind them. Of fields that were deleted since, none.
  const targets = columns.map((_, at) => known.columns[at] ?? null);
  const settings = {
    ...known,
    columns: targets.map((target) => (target !== null && isThere(target) ? target : null)),
    ...(key !== undefined && isThere(key) && { key }),
    // What replaces ids is chosen anew each time.
    replaceExternalIds: false,
  };
  return faultOfSettings(settings, fields) === undefined ? settings : undefined;
}

function isKnown(fields: readonly ImportField[]): (target: string) => boolean {
  const known = new Set(fields.map(({ id }) => `field:${id}`));
  return (target) => !target.startsWith("field:") || known.has(target);
}

/** Columns that hold keys of contacts, the strongest first. */
export const KEY_TARGETS: readonly string[] = ["externalCustomerId", "email", "phone"];

/** What tells contacts apart: what was chosen on purpose, or the strongest of what the columns hold (rule R12, R13). */
export function keyOf({ key, columns }: Pick<ImportSettings, "key" | "columns">): string | undefined {
  return key ?? KEY_TARGETS.find((target) => columns.includes(target));
}

export type SettingsFault =
  "no_columns" | "no_key" | "key_not_mapped" | "mapped_twice" | "unknown_field" | "replace_needs_key";

export function faultOfSettings(settings: ImportSettings, fields: readonly ImportField[]): SettingsFault | undefined {
  const mapped = settings.columns.filter((target) => target !== null);
  if (mapped.length === 0) return "no_columns";
  if (new Set(mapped).size < mapped.length) return "mapped_twice";
  if (!mapped.every(isKnown(fields))) return "unknown_field";
  const key = keyOf(settings);
  if (key === undefined) return "no_key";
  if (!mapped.includes(key)) return "key_not_mapped";
  const replaces = settings.replaceExternalIds;
  return replaces && (key === "externalCustomerId" || !mapped.includes("externalCustomerId"))
    ? "replace_needs_key"
    : undefined;
}

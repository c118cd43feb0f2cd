import type { Field } from "../../contract/fields.ts";
import type { ContactFields } from "../identity/index.ts";
import { unknownField } from "./field-input.ts";

const COLUMNS = [
  ...(["firstName", "lastName", "languageCode", "timeZone"] as const),
  ...(["region", "town", "address", "postcode", "countryCode"] as const),
];
const CHANNELS = ["email", "sms", "viber", "mobilepush", "webpush"] as const;
export type ClearableChannel = (typeof CHANNELS)[number];

export interface Cleared {
  readonly columns: readonly (typeof COLUMNS)[number][];
  readonly attributes: readonly string[];
  readonly additional: readonly number[];
  readonly channels: readonly ClearableChannel[];
}

/** What `clear` names; a sentence when it names something else. Blanks empty nothing, so emptying is said. */
export function readClear(names: readonly string[] = [], known: readonly Field[]): Cleared | string {
  const columns = COLUMNS.filter((name) => names.includes(name));
  const channels = CHANNELS.filter((name) => names.includes(name));
  const attributes = ["contactKey"].filter((name) => names.includes(name));
  const additional = names.flatMap((name) => /^field:(\d{1,9})$/.exec(name)?.[1] ?? []).map(Number);
  const unknown = additional.find((id) => !known.some((field) => field.id === id));
  if (unknown !== undefined) return unknownField(unknown);
  const understood = columns.length + channels.length + attributes.length + additional.length;
  if (understood < new Set(names).size)
    return `clear takes: ${[...COLUMNS, ...CHANNELS, "contactKey"].join(", ")} and field:<id>.`;
  return { columns, channels, attributes, additional };
}

/** A field that has a value in the same call keeps that. */
export function withCleared(fields: ContactFields, { columns, attributes, additional }: Cleared): ContactFields {
  const nothing = (names: readonly (string | number)[]) => Object.fromEntries(names.map((name) => [name, null]));
  const all = {
    attributes: { ...nothing(attributes), ...fields.attributes },
    additional: { ...nothing(additional), ...fields.additional },
  };
  return {
    ...nothing(columns),
    ...fields,
    ...(Object.keys(all.attributes).length > 0 && { attributes: all.attributes }),
    ...(Object.keys(all.additional).length > 0 ? { additional: all.additional } : { additional: undefined }),
  };
}

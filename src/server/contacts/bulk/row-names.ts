import { isBlockedIdentifier, normaliseEmail, normalisePhone, type Key } from "../../identity/index.ts";
import type { ContactDescription } from "../contact-input.ts";
import type { BulkOptions } from "./input.ts";
import type { WaitingRow } from "./store.ts";

/** Rows of which no two name the same key, and no two say the same of what tells contacts apart. */
export function separate(rows: readonly WaitingRow[], options: BulkOptions) {
  const named = new Set<string>();
  const first: WaitingRow[] = [];
  const later: WaitingRow[] = [];
  for (const row of rows) {
    const names = namesOf(row, options);
    (names.some((name) => named.has(name)) ? later : first).push(row);
    for (const name of names) named.add(name);
  }
  return { first, later };
}

function namesOf(row: WaitingRow, { dedupeOn, fieldId }: BulkOptions): string[] {
  const { contact } = row;
  const additional = fieldId === undefined ? undefined : contact.fields.additional?.[fieldId];
  return [
    ...keysOf(row).map(({ kind, value }) => `${kind} ${value}`),
    ...contact.channels.map(({ type, value }) => `${type} ${value}`),
    ...(dedupeOn === "id" && contact.contactId !== undefined ? [`id ${contact.contactId}`] : []),
    ...(additional === undefined ? [] : [`field ${JSON.stringify(additional)}`]),
  ];
}

/** Every identifier and visitor that a row names. */
export function keysOf({ contact: { externalCustomerId, email, phone, visitorIds } }: WaitingRow): Key[] {
  const address = email === undefined ? undefined : normaliseEmail(email);
  const number = phone === undefined ? undefined : normalisePhone(phone);
  return [
    ...(externalCustomerId === undefined
      ? []
      : [{ kind: "external", value: String(externalCustomerId).trim() } as const]),
    ...(address === undefined ? [] : [{ kind: "email", value: address } as const]),
    ...(number === undefined ? [] : [{ kind: "phone", value: number } as const]),
    ...visitorIds.map((value) => ({ kind: "visitor", value }) as const),
  ];
}

export function externalIdOf({ externalCustomerId }: ContactDescription): string | undefined {
  const text = externalCustomerId === undefined ? "" : String(externalCustomerId).trim();
  return text === "" || isBlockedIdentifier(text) ? undefined : text;
}

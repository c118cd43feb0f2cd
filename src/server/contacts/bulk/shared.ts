import type { ContactId, Instant } from "../../../contract/identifiers.ts";
import type { Transaction } from "../../db/database.ts";
import { findSuppressed, normaliseEmail, normalisePhone } from "../../identity/index.ts";
import type { ContactDescription } from "../contact-input.ts";
import { isHeldByAnother, keepAsChannel } from "./match-store.ts";

/** An address that somebody else is found by. */
export type Shared = { readonly kind: "email" | "phone"; readonly value: string };

/** Under the rules of an upload nobody is merged who merely shares an address. */
export async function sharedAddresses(
  tx: Transaction,
  { email, phone }: ContactDescription,
  contactId: ContactId,
): Promise<Shared[]> {
  const candidates: Shared[] = [
    ...(email === undefined ? [] : [{ kind: "email" as const, value: String(normaliseEmail(email)) }]),
    ...(phone === undefined ? [] : [{ kind: "phone" as const, value: String(normalisePhone(phone)) }]),
  ];
  const shared: Shared[] = [];
  for (const key of candidates) if (await isHeldByAnother(tx, { ...key, contactId })) shared.push(key);
  return shared;
}

export function without(contact: ContactDescription, shared: readonly Shared[]): ContactDescription {
  const { email, phone, ...rest } = contact;
  const has = (kind: Shared["kind"]) => shared.some((key) => key.kind === kind);
  return {
    ...rest,
    ...(email !== undefined && !has("email") && { email }),
    ...(phone !== undefined && !has("phone") && { phone }),
  };
}

export async function keepShared(
  tx: Transaction,
  { contact, shared, contactId }: { contact: ContactDescription; shared: readonly Shared[]; contactId: ContactId },
  { now, secretKey }: { readonly now: Instant; readonly secretKey: string },
): Promise<void> {
  const emails = shared.flatMap(({ kind, value }) => (kind === "email" ? [value] : []));
  const suppressed = await findSuppressed(tx, secretKey, emails);
  for (const { kind, value } of shared) {
    const status = (kind === "email" ? suppressed.get(value)?.status : undefined) ?? "confirmed";
    const spelling = (kind === "email" ? contact.email : contact.phone) ?? value;
    await keepAsChannel(tx, { contactId, type: kind === "email" ? "email" : "sms", value, spelling, status, now });
  }
}

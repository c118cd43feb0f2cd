import type { ContactChannel } from "../../../contract/admin/contact-card.ts";
import { t } from "../../text/index.ts";

interface Named {
  readonly id: number;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** What a contact is called on the screens: the name, else the best address, else the number. */
export function nameOf(contact: Named, address?: string | null): string {
  const full = [contact.firstName, contact.lastName].filter((part) => part).join(" ");
  return full || address || t("contacts.nameless", { id: contact.id });
}

export function firstAddress(channels: readonly ContactChannel[]): string | undefined {
  const current = channels.filter((channel) => channel.current);
  return (current.find(({ type }) => type === "email") ?? current.find(({ type }) => type === "sms"))?.value;
}

/** One or two letters for the round picture. */
export function initialsOf(name: string): string {
  const letters = name
    .split(/[\s@._-]+/)
    .filter((word) => /^\p{L}/u.test(word))
    .map((word) => String.fromCodePoint(word.codePointAt(0) ?? 63));
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

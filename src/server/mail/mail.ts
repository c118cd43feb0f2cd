import type { Email } from "../../contract/identifiers.ts";

/** A language that our letters and public pages are written in. */
export type Language = "en" | "uk";

/** A letter to one person: subject and bodies are ours, never what a visitor typed. */
export interface Mail {
  readonly to: Email;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly language: Language;
  readonly purpose: "confirmation";
}

/** A letter taken from the outbox. `mailId` is a UUID and becomes its Message-ID. */
export interface QueuedMail {
  readonly mailId: string;
  readonly purpose: string;
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string;
  readonly language: string;
  /** How often it was tried, this time included. */
  readonly attempts: number;
}

/** Whom our letters come from. */
export interface Sender {
  readonly name?: string;
  readonly address: string;
}

// An address is checked when it enters (identity). This second look is the last line before a header is written:
// nothing that could end a line, open a list of addresses or carry a display name.
const MAILABLE = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** Whether a value can stand in an envelope and a header as exactly one address. */
export function isMailable(address: string): boolean {
  return Buffer.byteLength(address) <= 254 && MAILABLE.test(address);
}

/** Text for a subject line: one line, no control characters, of bearable length. */
export function headerText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  // By code points: half a surrogate pair is no text.
  return Array.from(line).slice(0, 150).join("");
}

/** Reads `MAIL_FROM`: `shop@example.org` or `The Shop <shop@example.org>`. Undefined: neither. */
export function parseSender(text: string): Sender | undefined {
  const [, name, bracketed] = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  const address = (bracketed ?? text).trim();
  if (!isMailable(address)) return undefined;
  return name ? { name: headerText(name), address } : { address };
}

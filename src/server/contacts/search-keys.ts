import { normaliseEmail, normalisePhone } from "../identity/index.ts";

/** What a search text could mean. */
export interface SearchKeys {
  /** External id, device id, browser id: byte for byte. */
  readonly exact: string;
  readonly contactId: number | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** LIKE patterns. */
  readonly beginning: string;
  readonly words: readonly [string, string] | null;
}

/** Absent: the text is blank, so everybody is meant. */
export function searchKeys(text: string): SearchKeys | undefined {
  const exact = text.trim();
  if (exact === "") return undefined;
  const [first, second, ...more] = exact.split(/\s+/);
  return {
    exact,
    contactId: /^[1-9]\d{0,15}$/.test(exact) && Number.isSafeInteger(Number(exact)) ? Number(exact) : null,
    email: normaliseEmail(exact) ?? null,
    phone: normalisePhone(exact) ?? null,
    beginning: likePrefix(exact),
    words:
      first !== undefined && second !== undefined && more.length === 0 ? [likePrefix(first), likePrefix(second)] : null,
  };
}

/** A LIKE pattern for "begins with exactly these characters". */
export function likePrefix(text: string): string {
  return `${text.replace(/[\\%_]/g, "\\$&")}%`;
}

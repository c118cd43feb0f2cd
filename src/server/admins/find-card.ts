import type { ContactId } from "../../contract/identifiers.ts";
import { readContact, type ContactCard } from "../contacts/index.ts";
import type { Database } from "../db/database.ts";
import { problem } from "../http/problem.ts";

export function contactIdOf(id: number): ContactId {
  if (!Number.isSafeInteger(id) || id < 1) throw problem(404, "unknown_contact", "There is no such contact.");
  return id as ContactId;
}

/** The contact that an address names, redirects followed; or the refusal. */
export async function cardOf(db: Database, id: number): Promise<ContactCard> {
  const lookup = await readContact(db, contactIdOf(id));
  switch (lookup.kind) {
    case "found":
      return lookup.card;
    case "erased":
      throw problem(410, "erased", `Contact ${id} was erased. Nothing about it is kept.`);
    case "unknown":
      throw problem(404, "unknown_contact", `There is no contact ${id}.`);
  }
}

import type { ContactId } from "../../contract/identifiers.ts";
import type { Transaction } from "../db/database.ts";
import type { Changes } from "./changes.ts";
import { nextContactIds } from "./contact-row.ts";
import type { ContactRef } from "./facts.ts";
import type { NormalRequest } from "./normal-request.ts";
import type { AuditCircumstances } from "./write-audit.ts";

export interface Circumstances extends AuditCircumstances {
  readonly request: NormalRequest;
  /** Milliseconds until a claim is dropped. */
  readonly claimLife: number;
}

/** A plan to be written. */
export interface Writing {
  readonly changes: Changes;
  readonly around: Circumstances;
}

/** A plan of which the new contact has its number. */
export interface Numbered extends Writing {
  /** The number of a contact of the plan. */
  readonly idOf: (ref: ContactRef) => ContactId;
}

/** A plan makes at most one contact. `ids` are free numbers, to be taken first. */
export async function numberContacts(
  tx: Transaction,
  writings: readonly Writing[],
  ids: readonly ContactId[],
): Promise<Numbered[]> {
  const missing = writings.filter(({ changes }) => changes.created.length > 0).length - ids.length;
  const free = [...ids, ...(await nextContactIds(tx, missing))];
  return writings.map(({ changes, around }) => {
    const newId = changes.created.length === 0 ? undefined : free.shift();
    const idOf = (ref: ContactRef): ContactId => {
      const id = ref === "new" ? newId : ref;
      if (id === undefined) throw new Error("The plan names a new contact but makes none.");
      return id;
    };
    return { changes, around, idOf };
  });
}

import { afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Database } from "../../src/server/db/database.ts";
import type { IdentityDeps } from "../../src/server/identity/index.ts";
import { testDatabase } from "../support/postgres.ts";
import { checkInvariants } from "./invariants.ts";
import { People } from "./people.ts";

export const EMPTY = `TRUNCATE site, event, contact, identifier, channel, do_not_merge, identity_message, pending_claim, shared_source, identity_audit, erased_source,
  erased_identifier, erasure, erasure_work, used_token CASCADE`;

/** Fresh people for every test of the file; after each, every invariant must hold. */
export function installation(identity?: IdentityDeps["identity"]): { readonly people: People } {
  let db: Database;
  let people: People;
  beforeAll(async () => {
    db = await testDatabase();
  });
  beforeEach(async () => {
    await db.query(EMPTY);
    people = await People.in(db, identity);
  });
  afterEach(async () => {
    expect(await checkInvariants(db)).toEqual([]);
  });
  return {
    get people() {
      return people;
    },
  };
}

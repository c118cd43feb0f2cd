import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { timestamp } from "../../src/server/db/database.ts";
import { mergeContacts, undoMerge } from "../../src/server/identity/index.ts";
import { installation } from "./installation.ts";
import type { People } from "./people.ts";

const here = installation();
const cause = () => ({ actor: "admin", requestId: randomUUID() });

/** One of the two, as somebody may have come to know it. */
const person = fc.record({
  email: fc.constantFrom("own", "shared", "none"),
  subscribes: fc.boolean(),
  unsubscribed: fc.boolean(),
  phone: fc.boolean(),
  device: fc.boolean(),
  visitors: fc.nat(2),
  hits: fc.nat(2),
  town: fc.constantFrom("Kyiv", "Lviv", undefined),
  plan: fc.constantFrom("gold", "silver", undefined),
  deviceTown: fc.constantFrom("Odesa", undefined),
});
type Person = typeof person extends fc.Arbitrary<infer T> ? T : never;

/** Both have an address by which a third is found; one of them wants no mail to it, which is not the other's word. */
const SHARES: Person = {
  email: "shared",
  subscribes: false,
  unsubscribed: false,
  phone: false,
  device: true,
  visitors: 0,
  hits: 0,
  town: "Kyiv",
  plan: "gold",
  deviceTown: "Odesa",
};

async function make(people: People, name: string, { told, known }: { told: Person; known: boolean }) {
  const { email, subscribes, unsubscribed, phone, device, visitors, hits, town, plan, deviceTown } = told;
  const address = {
    own: `${name}@mail.example`,
    shared: `shared-${name.slice(2)}@mail.example`,
    none: undefined,
  }[email];
  const number = `+3804412${String(Number(name.slice(2)) * 2 + (name.startsWith("a") ? 0 : 1)).padStart(5, "0")}`;
  const deviceId = `device-${name}-abcdefgh`;
  const visitorIds = Array.from({ length: visitors }, (_, index) => `visitor-${name}-${index}`);
  for (const visitorId of visitorIds) await people.hits(hits, visitorId);
  // Always something to be found by, whatever becomes of the email.
  const key = known ? { externalCustomerId: `E-${name}` } : phone || !device ? { phone: number } : { deviceId };
  const first = await people.upsert({
    ...key,
    visitorIds,
    fields: { town, attributes: plan === undefined ? {} : { plan } },
  });
  if (phone) await people.upsert({ ...key, phone: number });
  if (device) await people.device({ ...key, deviceId, fields: { town: deviceTown } });
  const verb = subscribes ? "subscribe" : "upsert";
  if (email === "shared" && !known) await shareAddress(people, first.contactId, address);
  else if (address !== undefined) await people.ask({ ...key, email: address, verb });
  if (unsubscribed)
    await people.db.query("UPDATE channel SET status = 'unsubscribed', updated_at = $2 WHERE contact_id = $1", [
      first.contactId,
      timestamp(people.tick()),
    ]);
  return people.survivor(first.contactId);
}

/** As an upload leaves it: an address to send to, by which somebody else is found. */
async function shareAddress(people: People, contactId: ContactId, address: string | undefined): Promise<void> {
  await people.db.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at, confirmed_at)
     VALUES ($1, 'email', $2, $2, 'confirmed', 'IMPORT', $3, $3, $3)`,
    [contactId, address, timestamp(people.tick())],
  );
}

/** Every row about the two, but for how often and when they were touched. */
async function rowsOf(people: People, ids: readonly ContactId[]): Promise<unknown> {
  const contacts = await people.db.query("SELECT * FROM contact WHERE contact_id = ANY($1) ORDER BY contact_id", [ids]);
  const others = await Promise.all(
    ["identifier", "channel", "binding"].map((table) =>
      people.db.query(`SELECT t::text AS row FROM ${table} t WHERE contact_id = ANY($1) ORDER BY 1`, [ids]),
    ),
  );
  return [contacts.map((contact) => ({ ...contact, version: 0, updatedAt: 0 })), ...others];
}

test("undoing any merge leaves every row of the two contacts as it was before", async () => {
  const { people } = here;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(person, person, fc.boolean(), async (one, other, known) => {
      round += 1;
      await people.upsert({
        externalCustomerId: `holder-${round}`,
        email: `shared-${round}@mail.example`,
      });
      const a = await make(people, `a-${round}`, { told: one, known });
      const b = await make(people, `b-${round}`, {
        told: other,
        known: false,
      });
      fc.pre(a !== b);
      const ids = [a, b];
      const before = await rowsOf(people, ids);
      const merged = await mergeContacts(people.deps, {
        contactIds: [a, b],
        at: people.tick(),
        cause: cause(),
      });
      expect(merged).toMatchObject({ kind: "merged", changed: true });
      const [last] = await people.db.query<{ mergeId: number }>("SELECT max(merge_id) AS merge_id FROM merge_log");
      const undone = await undoMerge(people.deps, {
        mergeId: last?.mergeId ?? 0,
        at: people.tick(),
        cause: cause(),
      });
      expect(undone).toMatchObject({ kind: "undone", changed: true });
      expect(await rowsOf(people, ids)).toEqual(before);
    }),
    { numRuns: Number(process.env["UNDO_RUNS"] ?? 20), examples: [[SHARES, { ...SHARES, unsubscribed: true }, false]] },
  );
});

import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { loadSamples, removeSamples } from "../../src/server/samples/index.ts";
import { mergeContacts } from "../../src/server/identity/index.ts";
import { planSamples } from "../../src/server/samples/rules.ts";
import { privacyWorld, type PrivacyWorld } from "../support/privacy-world.ts";

// Invented people come on demand and go without a trace, and nobody real ever goes with them.

const cause = { actor: "admin:admin", requestId: "test" };
const load = ({ services }: PrivacyWorld) => loadSamples(services, cause);
const remove = ({ services }: PrivacyWorld) => removeSamples(services, cause);

/** Everything that speaks of somebody, row by row. */
async function kept({ db }: PrivacyWorld): Promise<Record<string, readonly unknown[]>> {
  const tables = [
    "site",
    "event",
    "identifier",
    "channel",
    "binding",
    "identity_message",
    "pending_claim",
    "sample_contact",
  ];
  const contacts = await db.query(
    "SELECT to_jsonb(c) AS row FROM contact c WHERE status <> 'erased' ORDER BY contact_id",
  );
  const all: Record<string, readonly unknown[]> = { contact: contacts };
  for (const table of tables)
    all[table] = await db.query(`SELECT to_jsonb(t) AS row FROM "${table}" t ORDER BY to_jsonb(t)::text`);
  return all;
}

test("thirty people come with their histories, by the road that real ones take", async () => {
  const world = await privacyWorld();
  expect(await load(world)).toBe(true);
  const people = planSamples(world.now());
  expect(people.length).toBeGreaterThanOrEqual(24);
  expect(await world.db.query("SELECT 1 FROM contact WHERE status = 'live'")).toHaveLength(people.length);
  expect(await world.db.query("SELECT 1 FROM event")).toHaveLength(people.flatMap(({ events }) => events).length);
  const [{ attached } = { attached: 0 }] = await world.db.query<{ attached: number }>(
    `SELECT count(*) AS attached FROM event e JOIN binding b USING (source_kind, source_id)
     WHERE e.occurred_at >= b.valid_from AND e.occurred_at < b.bound_at`,
  );
  expect(attached).toBeGreaterThan(50);
  const statuses = await world.db.query<{ status: string }>("SELECT DISTINCT status::text FROM channel ORDER BY 1");
  expect(statuses.map(({ status }) => status)).toEqual(["confirmed", "unconfirmed"]);
  // Nobody invented is ever written to.
  expect(await world.db.query("SELECT 1 FROM captured_mail UNION ALL SELECT 1 FROM mail_outbox")).toEqual([]);
  for (const { events } of people) for (const { at } of events) expect(at).toBeLessThan(world.now());
});

test("they do not come twice, nor where somebody is already", async () => {
  const world = await privacyWorld();
  const both = await Promise.all([load(world), load(world)]);
  expect(both.filter((done) => done)).toHaveLength(1);
  const other = await privacyWorld();
  await other.upsert({ externalCustomerId: "real-1" });
  expect(await load(other)).toBe(false);
  expect(await other.db.query("SELECT 1 FROM site")).toHaveLength(1);
});

test("removing them leaves everything as it was, real people who came meanwhile included, and they can come again", async () => {
  const world = await privacyWorld();
  await world.say("visitor-of-nobody-01", { type: "page", url: "https://shop.example/" });
  // The site's first event is noted after the answer.
  const noted = () => world.db.query("SELECT 1 FROM site WHERE first_event_at IS NOT NULL");
  await expect.poll(noted).toHaveLength(1);
  const empty = await kept(world);
  expect(await load(world)).toBe(true);
  expect(await remove(world)).toEqual({ removed: 30, kept: 0 });
  expect(await kept(world)).toEqual(empty);
  expect(await load(world)).toBe(true);
  await world.say("visitor-of-real-0001", { type: "page", url: "https://shop.example/real" });
  const real = await world.upsert({ externalCustomerId: "real-1", visitorId: "visitor-of-real-0001" });
  expect(await remove(world)).toEqual({ removed: 30, kept: 0 });
  expect(await world.timeline(real)).toHaveLength(1);
  expect(await world.db.query("SELECT contact_id FROM contact WHERE status = 'live'")).toEqual([{ contactId: real }]);
  expect(await world.db.query("SELECT 1 FROM event WHERE source_id LIKE 'sample-%'")).toEqual([]);
  expect(await remove(world)).toEqual({ removed: 0, kept: 0 });
});

test("an invented person who was merged with a real one stays, and so does a site that real pages used", async () => {
  const world = await privacyWorld();
  await load(world);
  const [sample] = await world.db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM sample_contact JOIN contact USING (contact_id) WHERE external_customer_id IS NULL LIMIT 1",
  );
  const real = await world.upsert({ externalCustomerId: "real-1", firstName: "Real" });
  if (sample === undefined) throw new Error("Everybody invented has an external id.");
  const contactIds = [real, sample.contactId] as const;
  const merged = await mergeContacts(world.services, { contactIds, at: world.now(), cause });
  expect(merged.kind).toBe("merged");
  expect(await remove(world)).toEqual({ removed: 29, kept: 1 });
  expect(await world.db.query("SELECT external_customer_id FROM contact WHERE status = 'live'")).toEqual([
    { externalCustomerId: "real-1" },
  ]);
  expect(await world.db.query("SELECT is_sample FROM site ORDER BY site_id")).toEqual([
    { isSample: false },
    { isSample: false },
  ]);

  const other = await privacyWorld();
  await load(other);
  await other.db.query("UPDATE site SET first_event_at = now() WHERE is_sample");
  expect(await remove(other)).toEqual({ removed: 30, kept: 0 });
  expect(await other.db.query("SELECT 1 FROM site")).toHaveLength(2);
});

test("a removal that is cut off is ended by the next one", async () => {
  const world = await privacyWorld();
  await load(world);
  const half = world.services.erasePerson;
  let done = 0;
  const failing = {
    ...world.services,
    erasePerson: ((order, alongside) => {
      done += 1;
      if (done > 10) throw new Error("cut off");
      return half(order, alongside);
    }) as typeof half,
  };
  await expect(removeSamples(failing, cause)).rejects.toThrow("cut off");
  expect(await remove(world)).toEqual({ removed: 20, kept: 0 });
  expect(await world.db.query("SELECT 1 FROM contact WHERE status = 'live'")).toEqual([]);
});

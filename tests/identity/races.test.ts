import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import type { ContactId, Instant } from "../../src/contract/identifiers.ts";
import { openDatabase, type Database } from "../../src/server/db/database.ts";
import {
  eraseContact,
  mergeContacts,
  sweepErasedReplays,
  type IdentityRequest,
} from "../../src/server/identity/index.ts";
import { testDatabase } from "../support/postgres.ts";
import { EMPTY } from "./installation.ts";
import { checkInvariants } from "./invariants.ts";
import { must, People } from "./people.ts";

// Races are played again and again: each play on fresh keys of one installation, so that one database serves them all.
const ROUNDS = Number(process.env["RACE_ROUNDS"] ?? 25);
const CONNECTIONS = 20;

let db: Database;
let people: People;
beforeAll(async () => {
  const { connection } = await testDatabase();
  db = openDatabase({ ...connection, max: CONNECTIONS });
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.query(EMPTY);
  people = await People.in(db);
});
afterEach(async () => expect(await checkInvariants(db)).toEqual([]));

async function rounds(play: (name: (key: string) => string) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await play((key) => `${key}-${round}`);
}

const mail = (name: string) => `${name}@mail.example`;
const cause = () => ({ actor: "race", requestId: randomUUID() });
const merge = (...contactIds: [ContactId, ContactId]) =>
  mergeContacts(people.deps, { contactIds, at: people.tick(), cause: cause() });

/** As many at once as there are connections; the ids handed out, in the order of the requests. */
async function together(requests: readonly Partial<IdentityRequest>[]): Promise<ContactId[]> {
  const handedOut: ContactId[] = [];
  const waiting = requests.entries();
  const worker = async () => {
    for (const [index, request] of waiting) handedOut[index] = must(await people.ask(request)).contactId;
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return handedOut;
}

function first(contactId: ContactId | undefined): ContactId {
  if (contactId === undefined) throw new Error("No id was handed out.");
  return contactId;
}

async function survivors(contactIds: readonly ContactId[]): Promise<ContactId[]> {
  return [...new Set(await Promise.all(contactIds.map((id) => people.survivor(id))))];
}

test("90. fifty identical registrations at once: one contact, one id handed out", async () => {
  const handedOut = await together(
    Array.from({ length: 50 }, () => ({ externalCustomerId: "E1", email: mail("x"), visitorIds: ["visitor-1"] })),
  );
  expect(new Set(handedOut).size).toBe(1);
  expect(await people.count("contact")).toBe(1);
  expect(await people.count("binding")).toBe(1);
});

test("91. a visitor that is bound to a contact while that contact is merged ends at the survivor", () =>
  rounds(async (name) => {
    const a = await people.upsert({ externalCustomerId: name("A") });
    const b = await people.upsert({ email: mail(name("b")) });
    const at = await people.hit(name("visitor"));
    await Promise.all([
      merge(a.contactId, b.contactId),
      people.ask({ email: mail(name("b")), visitorIds: [name("visitor")] }),
    ]);
    expect(await people.timeline(a.contactId)).toEqual([at]);
  }));

test("92. three merges in a circle at once end at one contact, one hop each", () =>
  rounds(async (name) => {
    const [a, b, c] = [
      await people.upsert({ email: mail(name("a")) }),
      await people.upsert({ email: mail(name("b")) }),
      await people.upsert({ externalCustomerId: name("C") }),
    ];
    await Promise.all([
      merge(a.contactId, b.contactId),
      merge(c.contactId, a.contactId),
      merge(c.contactId, b.contactId),
    ]);
    expect(await survivors([a.contactId, b.contactId, c.contactId])).toEqual([c.contactId]);
  }));

test("93. a hundred server events that name a contact while it is merged are all at the survivor", async () => {
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: mail("b") });
  const hits = Array.from({ length: 100 }, () => people.hit(String(b.contactId), { kind: "contact" }));
  await Promise.all([merge(a.contactId, b.contactId), ...hits]);
  expect(await people.timeline(a.contactId)).toHaveLength(100);
});

test("94. what is said about a contact while it is merged is at the survivor", () =>
  rounds(async (name) => {
    const a = await people.upsert({ externalCustomerId: name("A"), fields: { town: "Kyiv" } });
    const b = await people.upsert({ email: mail(name("b")) });
    await Promise.all([
      merge(a.contactId, b.contactId),
      people.ask({ contactId: b.contactId, fields: { town: "Lviv" } }),
    ]);
    expect((await people.contact(a.contactId)).town).toBe("Lviv");
  }));

test("95. the very first hit of a visitor, stored while it is bound, is on the timeline", () =>
  rounds(async (name) => {
    const [at, { contactId }] = await Promise.all([
      people.hit(name("visitor")),
      people.upsert({ externalCustomerId: name("E"), visitorIds: [name("visitor")] }),
    ]);
    expect(await people.timeline(contactId)).toEqual([at]);
  }));

test("96. forty phones log into one account at once: forty sources, no error reaches a caller", async () => {
  const a = await people.upsert({ externalCustomerId: "E1" });
  const devices = Array.from({ length: 40 }, (_, index) => `device-number-${index}`);
  for (const deviceId of devices) await people.device({ deviceId });
  await together(devices.map((deviceId) => ({ trust: "mobile", verb: "device", deviceId, externalCustomerId: "E1" })));
  expect(await people.liveContacts()).toEqual([a.contactId]);
  expect(await people.db.query("SELECT 1 FROM binding WHERE contact_id = $1", [a.contactId])).toHaveLength(40);
});

test("97. two people with one email at once: two contacts, exactly one holds the key and the other is warned", () =>
  rounds(async (name) => {
    const outcomes = await Promise.all(
      ["A", "B"].map((id) => people.upsert({ externalCustomerId: name(id), email: mail(name("x")) })),
    );
    expect(new Set(outcomes.map(({ contactId }) => contactId)).size).toBe(2);
    expect(outcomes.flatMap(({ warnings }) => warnings.map(({ code }) => code))).toEqual(["email_in_use"]);
  }));

test("98. one person with two emails at once: one contact, one email the key, the other in history", () =>
  rounds(async (name) => {
    const [x, y] = [mail(name("x")), mail(name("y"))];
    const [contactId] = await survivors(
      await together([x, y].map((email) => ({ externalCustomerId: name("E"), email }))),
    );
    const keys = [await people.holder("email", x), await people.holder("email", y)];
    expect(keys.filter((holder) => holder === contactId)).toHaveLength(1);
    expect(contactId && (await people.channels(contactId)).filter((channel) => channel.endsWith("(old)"))).toHaveLength(
      1,
    );
  }));

test("99. two people on one browser at once: one open binding, no event on both timelines", () =>
  rounds(async (name) => {
    const at = await people.hit(name("visitor"));
    const [a, b] = await together([
      { externalCustomerId: name("A"), email: mail(name("x")), visitorIds: [name("visitor")] },
      { externalCustomerId: name("B"), email: mail(name("y")), visitorIds: [name("visitor")] },
    ]);
    const timelines = [...(await people.timeline(first(a))), ...(await people.timeline(first(b)))];
    expect(timelines).toEqual([at]);
  }));

test("100. three requests that share identifiers in a chain, at once, are one contact", () =>
  rounds(async (name) => {
    const phone = `+3804412${String(10_000 + Number(name("").slice(1)))}`;
    const email = mail(name("x"));
    const handedOut = await together([
      { email, phone },
      { externalCustomerId: name("E"), phone },
      { externalCustomerId: name("E"), email },
    ]);
    expect(await survivors(handedOut)).toHaveLength(1);
  }));

test("101. a thousand hits with an attach in their midst, some in one millisecond, are all on the timeline", async () => {
  const start = people.tick();
  const times: Instant[] = Array.from({ length: 1_000 }, (_, index) => start + Math.floor(index / 3));
  const hits = times.map((at) => people.hit("visitor-1", { at }));
  const attach = people.upsert({ externalCustomerId: "E1", visitorIds: ["visitor-1"], moment: start + 150 });
  await Promise.all(hits);
  expect(await people.timeline((await attach).contactId)).toEqual(times);
});

test("105. a deletion and an update at once leave the contact live or deleted, and one", () =>
  rounds(async (name) => {
    const { contactId } = await people.upsert({ externalCustomerId: name("E") });
    await Promise.all([
      people.delete(contactId),
      people.upsert({ externalCustomerId: name("E"), fields: { town: "Kyiv" } }),
    ]);
    expect(["live", "deleted"]).toContain((await people.contact(contactId)).status);
    expect(await people.holder("external", name("E"))).toBe(contactId);
  }));

test("106. a restore while another person takes the address: it is the key of exactly one", () =>
  rounds(async (name) => {
    const email = mail(name("x"));
    const a = await people.upsert({ externalCustomerId: name("A"), email });
    await people.delete(a.contactId);
    const [, b] = await together([{ externalCustomerId: name("A") }, { externalCustomerId: name("B"), email }]);
    const holder = await people.holder("email", email);
    expect([a.contactId, b]).toContain(holder);
  }));

test("107. hits that arrive while their person is erased leave no trace after the sweep", async () => {
  await people.hits(5, "visitor-1");
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: ["visitor-1"] });
  const erase = () => eraseContact(people.deps, { contactId, at: people.tick(), cause: cause() });
  await Promise.all([erase(), ...Array.from({ length: 100 }, () => people.hit("visitor-1"))]);
  await sweepErasedReplays(people.deps);
  expect(await people.db.query("SELECT 1 FROM event")).toEqual([]);
  expect(await people.db.query("SELECT 1 FROM identity_audit WHERE source_id IS NOT NULL")).toEqual([]);
});

test("108. an erasure and a merge at once: the other is erased too or untouched", () =>
  rounds(async (name) => {
    const a = await people.upsert({ externalCustomerId: name("A"), visitorIds: [name("visitor-a")] });
    const b = await people.upsert({ email: mail(name("b")), visitorIds: [name("visitor-b")] });
    const at = await people.hit(name("visitor-b"));
    await Promise.all([
      eraseContact(people.deps, { contactId: a.contactId, at: people.tick(), cause: cause() }),
      merge(a.contactId, b.contactId),
    ]);
    const survivor = await people.survivor(b.contactId);
    if (survivor === a.contactId) expect((await people.contact(survivor)).status).toBe("erased");
    else expect(await people.timeline(b.contactId)).toEqual([at]);
  }));

test("fifty people, twenty identical requests each, twenty connections: fifty contacts, fifty ids, no error", async () => {
  const jobs = Array.from({ length: 1_000 }, (_, index) => index % 50);
  const names = (person: number): Partial<IdentityRequest> => ({
    externalCustomerId: `person-${person}`,
    email: mail(`person-${person}`),
    visitorIds: [`visitor-${person}`],
  });
  const handedOut = await together(jobs.map(names));
  expect(new Set(handedOut).size).toBe(50);
  expect(await people.liveContacts()).toHaveLength(50);
  expect(await survivors(handedOut)).toHaveLength(50);
});

test("fifty people named by id alone, by email alone or by both end as fifty contacts, and no id leads nowhere", async () => {
  const jobs = Array.from({ length: 600 }, (_, index) => ({ person: index % 50, how: Math.floor(index / 50) % 3 }));
  const handedOut = await together(
    jobs.map(({ person, how }) => ({
      ...(how !== 1 && { externalCustomerId: `person-${person}` }),
      ...(how !== 0 && { email: mail(`person-${person}`) }),
    })),
  );
  expect(await people.liveContacts()).toHaveLength(50);
  expect((await survivors(handedOut)).sort()).toEqual((await people.liveContacts()).sort());
});

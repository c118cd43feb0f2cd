import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { eraseContact, sweepErasedReplays } from "../../src/server/identity/index.ts";
import { installation } from "./installation.ts";
import { must, type People } from "./people.ts";

const here = installation();

const x = "ann@shop.example";
const v1 = "visitor-1";

const erase = (people: People, contactId: ContactId) =>
  eraseContact(people.deps, { contactId, at: people.tick(), cause: { actor: "test", requestId: randomUUID() } });

test("49. a deleted contact comes back with its external id: same id, attributes and history", async () => {
  const { people } = here;
  const before = await people.hits(3, v1);
  const { contactId } = await people.upsert({
    externalCustomerId: "E1",
    email: x,
    visitorIds: [v1],
    fields: { firstName: "Ann", attributes: { plan: "gold" } },
  });
  await people.delete(contactId);
  expect(await people.liveContacts()).toEqual([]);
  expect(await people.upsert({ externalCustomerId: "E1" })).toMatchObject({ contactId, restored: true, changed: true });
  expect(await people.contact(contactId)).toMatchObject({
    status: "live",
    firstName: "Ann",
    attributes: { plan: "gold" },
  });
  expect(await people.timeline(contactId)).toEqual(before);
  expect(await people.holder("email", x)).toBe(contactId);
});

test("50. the email of a deleted contact alone makes a new contact, and the deleted one stays restorable", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.delete(a.contactId);
  const b = await people.upsert({ email: x });
  expect(b.contactId).not.toBe(a.contactId);
  expect(await people.holder("email", x)).toBe(b.contactId);
  expect(await people.upsert({ externalCustomerId: "E1" })).toMatchObject({ contactId: a.contactId, restored: true });
});

test("51. external id and email together then restore the deleted contact and merge the new one into it", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.delete(a.contactId);
  const b = await people.upsert({ email: x });
  expect(await people.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({
    contactId: a.contactId,
    restored: true,
    merged: [b.contactId],
  });
  expect(await people.liveContacts()).toEqual([a.contactId]);
});

test("52. an address taken meanwhile stays with whoever took it", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.delete(a.contactId);
  const b = await people.upsert({ externalCustomerId: "E2", email: x });
  const before = await people.contact(b.contactId);
  const restored = await people.upsert({ externalCustomerId: "E1" });
  expect(restored).toMatchObject({ contactId: a.contactId, restored: true });
  expect(restored.warnings).toEqual([{ code: "email_in_use", field: "email" }]);
  expect(await people.holder("email", x)).toBe(b.contactId);
  expect(await people.contact(b.contactId)).toEqual(before);
});

test("53. who had unsubscribed is still unsubscribed after delete and restore", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.db.query("UPDATE channel SET status = 'unsubscribed'");
  await people.delete(contactId);
  const { warnings } = await people.upsert({ externalCustomerId: "E1", email: x });
  expect(warnings).toEqual([{ code: "consent_not_restored" }]);
  expect(await people.channels(contactId)).toEqual([`${x} unsubscribed`]);
});

test("54. a page view with the cookie of a deleted contact revives nothing and is nobody's", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  await people.delete(contactId);
  const at = await people.hit(v1);
  expect((await people.contact(contactId)).status).toBe("deleted");
  const { contactId: next } = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
  expect(await people.timeline(next)).toEqual([at]);
});

test("55. an event that names a deleted contact is kept and seen again after a restore", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  await people.delete(contactId);
  const at = await people.hit(String(contactId), { kind: "contact" });
  expect((await people.contact(contactId)).status).toBe("deleted");
  await people.upsert({ externalCustomerId: "E1" });
  expect(await people.timeline(contactId)).toEqual([at]);
});

test("56. the phone of a deleted contact is a new device contact until it logs in, which restores and merges", async () => {
  const { people } = here;
  const a = await people.device({ deviceId: "device-1-abc", externalCustomerId: "E1" });
  await people.delete(a.contactId);
  const c = await people.device({ deviceId: "device-1-abc" });
  expect(c.contactId).not.toBe(a.contactId);
  expect(await people.device({ deviceId: "device-1-abc", externalCustomerId: "E1" })).toMatchObject({
    contactId: a.contactId,
    restored: true,
    merged: [c.contactId],
  });
});

test("58. deleted and restored twice: the version grows, the history is complete each time", async () => {
  const { people } = here;
  const before = await people.hits(2, v1);
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const versions = [(await people.contact(contactId)).version];
  for (let round = 0; round < 2; round += 1) {
    await people.delete(contactId);
    await people.upsert({ externalCustomerId: "E1" });
    versions.push((await people.contact(contactId)).version);
    expect(await people.timeline(contactId)).toEqual(before);
  }
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(new Set(versions).size).toBe(3);
});

test("deleting twice changes nothing the second time", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  expect(await people.delete(contactId)).toMatchObject({ kind: "deleted", changed: true });
  expect(await people.delete(contactId)).toMatchObject({ kind: "deleted", changed: false });
});

test("59. an erased person who comes back is a new contact with an empty timeline", async () => {
  const { people } = here;
  await people.hits(3, v1);
  const a = await people.upsert({ externalCustomerId: "E1", email: x, visitorIds: [v1] });
  await erase(people, a.contactId);
  const b = await people.upsert({ externalCustomerId: "E1", email: x });
  expect(b).toMatchObject({ created: true, restored: false });
  expect(b.contactId).not.toBe(a.contactId);
  expect(await people.timeline(b.contactId)).toEqual([]);
  expect(await people.db.query("SELECT 1 FROM event")).toEqual([]);
});

test("61. after an erasure no table says anything about the person in plain text", async () => {
  const { people } = here;
  await people.hits(2, v1);
  const phone = await people.device({ deviceId: "device-1-abc", fields: { firstName: "Guest" } });
  const a = await people.upsert({
    externalCustomerId: "CUSTOMER-1",
    email: "Ann@shop.example",
    phone: "+380441234567",
    visitorIds: [v1],
    fields: { firstName: "Annabel", attributes: { plan: "gold" } },
    cause: { actor: "test", requestId: "r", url: "https://shop.example/annabel" },
  });
  await people.device({ deviceId: "device-1-abc", externalCustomerId: "CUSTOMER-1" });
  await people.claim({ externalCustomerId: "CUSTOMER-1", visitorIds: ["visitor-6"] });
  await people.hit(String(a.contactId), { kind: "contact" });
  await erase(people, a.contactId);
  const dump = await dumpOf(people);
  for (const secret of [
    "CUSTOMER-1",
    "ann@shop",
    "Ann@shop",
    "441234567",
    "Annabel",
    "gold",
    v1,
    "device-1",
    "annabel",
    "Guest",
  ]) {
    expect(dump, secret).not.toContain(secret);
  }
  expect((await people.contact(a.contactId)).status).toBe("erased");
  expect(await people.survivor(phone.contactId)).toBe(a.contactId);
  const [receipt] = await people.db.query("SELECT events, finished_at IS NOT NULL AS finished FROM erasure");
  expect(receipt).toEqual({ events: 3, finished: true });
});

async function dumpOf(people: People): Promise<string> {
  const tables = await people.db.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  const rows = await Promise.all(tables.map(({ name }) => people.db.query(`SELECT t::text AS row FROM "${name}" t`)));
  return JSON.stringify(rows);
}

test("62. who was merged into a deleted contact still redirects to it after the restore", async () => {
  const { people } = here;
  const b = await people.upsert({ email: x });
  const a = await people.upsert({ externalCustomerId: "E1" });
  await people.upsert({ externalCustomerId: "E1", email: x });
  await people.delete(a.contactId);
  expect(await people.survivor(b.contactId)).toBe(a.contactId);
  await people.upsert({ externalCustomerId: "E1" });
  expect(await people.survivor(b.contactId)).toBe(a.contactId);
});

test("104. the old batch of an erased person, sent again, is in no timeline at once and gone after the sweep", async () => {
  const { people } = here;
  const at = await people.hit(v1);
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  await erase(people, a.contactId);
  await people.hit(v1, { at });
  const b = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  expect(await people.timeline(b.contactId)).toEqual([]);
  expect(await sweepErasedReplays(people.deps)).toBe(1);
  expect(await people.db.query("SELECT 1 FROM event")).toEqual([]);
});

test("the sweep leaves what others did on the same visitor outside the erased stretch", async () => {
  const { people } = here;
  const old = await people.hit(v1);
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  await people.reset(v1);
  await erase(people, a.contactId);
  await people.hit(v1, { at: old });
  const at = await people.hit(v1);
  const b = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
  expect(await people.timeline(b.contactId)).toEqual([at]);
  expect(await sweepErasedReplays(people.deps)).toBe(1);
  expect(await people.timeline(b.contactId)).toEqual([at]);
});

test("a bulk row about a deleted contact may leave it deleted", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  await people.delete(contactId);
  expect(await people.ask({ externalCustomerId: "E1", deleted: "skip" })).toMatchObject({
    kind: "refused",
    code: "deleted_contact",
  });
  expect((await people.contact(contactId)).status).toBe("deleted");
});

test("an app's login restores a deleted contact, for it is a login (F10)", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  await people.delete(contactId);
  expect(await people.device({ deviceId: "device-1-abc", externalCustomerId: "E1" })).toMatchObject({
    contactId,
    restored: true,
  });
});

test("a sign-up form with the address of a deleted contact makes a new one (B22)", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.delete(contactId);
  expect(must(await people.subscribe({ email: x, visitorIds: [v1] })).created).toBe(true);
});

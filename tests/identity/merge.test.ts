import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { dryRun, explainContact, mergeContacts, undoMerge } from "../../src/server/identity/index.ts";
import { installation } from "./installation.ts";
import type { People } from "./people.ts";

const here = installation();

const x = "ann@shop.example";
const y = "ann.private@mail.example";
const p = "+380441234567";

const merge = (people: People, ...contactIds: [ContactId, ContactId]) =>
  mergeContacts(people.deps, { contactIds, at: people.tick(), cause: { actor: "admin", requestId: randomUUID() } });

async function undoLast(people: People) {
  const [last] = await people.db.query<{ mergeId: number }>("SELECT max(merge_id) AS merge_id FROM merge_log");
  return undoMerge(people.deps, {
    mergeId: last?.mergeId ?? 0,
    at: people.tick(),
    cause: { actor: "admin", requestId: randomUUID() },
  });
}

/** All that undoing has to bring back. */
async function everythingOf(people: People, contactId: ContactId) {
  const { firstName, town, languageCode, attributes, externalCustomerId, status } = await people.contact(contactId);
  const keys = await people.db.query("SELECT kind, value, proof FROM identifier WHERE contact_id = $1 ORDER BY 1, 2", [
    contactId,
  ]);
  return {
    fields: { firstName, town, languageCode, attributes, externalCustomerId, status },
    keys,
    channels: await people.channels(contactId),
    timeline: await people.timeline(contactId),
  };
}

test("two contacts that both have an external id are never merged, and nothing changes (M1)", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ externalCustomerId: "E2" });
  const before = [await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)];
  expect(await merge(people, a.contactId, b.contactId)).toMatchObject({
    kind: "refused",
    status: 409,
    code: "both_identified",
  });
  expect([await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)]).toEqual(before);
  expect(await people.db.query("SELECT action FROM identity_audit WHERE action = 'merge-refused'")).toHaveLength(1);
});

test("who has the external id survives, whatever the order of the arguments (M2)", async () => {
  const { people } = here;
  const b = await people.upsert({ email: x });
  const a = await people.upsert({ externalCustomerId: "E1" });
  expect(await merge(people, b.contactId, a.contactId)).toMatchObject({ winner: a.contactId, loser: b.contactId });
});

test("of two contacts with an email the older survives; its email stays the key (M2, M11)", async () => {
  const { people } = here;
  const a = await people.upsert({ email: x });
  const b = await people.upsert({ email: y });
  expect(await merge(people, b.contactId, a.contactId)).toMatchObject({ winner: a.contactId });
  expect(await people.holder("email", x)).toBe(a.contactId);
  expect(await people.holder("email", y)).toBeUndefined();
  expect(await people.channels(a.contactId)).toEqual([`${y} confirmed (old)`, `${x} confirmed`]);
});

test("merging again, or with itself, changes nothing (M7)", async () => {
  const { people } = here;
  const a = await people.upsert({ email: x });
  const b = await people.upsert({ phone: p });
  await merge(people, a.contactId, b.contactId);
  expect(await merge(people, a.contactId, b.contactId)).toMatchObject({ winner: a.contactId, changed: false });
  expect(await merge(people, a.contactId, a.contactId)).toMatchObject({ winner: a.contactId, changed: false });
});

test("redirects stay one hop: who ended in the loser ends in the winner", async () => {
  const { people } = here;
  const c = await people.device({ deviceId: "device-1-abc" });
  const b = await people.upsert({ phone: p });
  const a = await people.upsert({ email: x });
  await merge(people, b.contactId, c.contactId);
  await merge(people, a.contactId, b.contactId);
  expect(await people.contact(c.contactId)).toMatchObject({ status: "merged", mergedInto: a.contactId });
  expect(await people.contact(b.contactId)).toMatchObject({ status: "merged", mergedInto: a.contactId });
});

test("a request by the id of a merged contact is about the survivor (F8)", async () => {
  const { people } = here;
  const a = await people.upsert({ email: x });
  const b = await people.upsert({ phone: p });
  await merge(people, a.contactId, b.contactId);
  expect(await people.upsert({ contactId: b.contactId, fields: { town: "Kyiv" } })).toMatchObject({
    contactId: a.contactId,
  });
  expect((await people.contact(a.contactId)).town).toBe("Kyiv");
});

test("the newest word of equal weight prevails in a merge, whoever survives (M3)", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", fields: { firstName: "Old", town: "Kyiv" } });
  const b = await people.upsert({ email: x, fields: { firstName: "New" } });
  await merge(people, a.contactId, b.contactId);
  expect(await people.contact(a.contactId)).toMatchObject({ firstName: "New", town: "Kyiv" });
});

test("the latest act of consent prevails in a merge; of two at one time, the no (M5)", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const b = await people.upsert({ externalCustomerId: "E2", email: x });
  const c = await people.upsert({ phone: p });
  await people.db.query(
    `INSERT INTO channel (contact_id, type, value, spelling, status, source, created_at, updated_at)
     SELECT $1, type, value, spelling, 'unsubscribed', source, created_at, updated_at FROM channel WHERE contact_id = $2`,
    [c.contactId, a.contactId],
  );
  await merge(people, a.contactId, c.contactId);
  expect(await people.channels(a.contactId)).toEqual([`${x} unsubscribed`, `${p} confirmed`]);
  expect(await people.channels(b.contactId)).toEqual([`${x} confirmed`]);
});

test("undoing a merge restores both contacts' keys, fields, addresses and timelines exactly", async () => {
  const { people } = here;
  await people.hits(2, "visitor-1");
  await people.hits(3, "visitor-2");
  const fields = { firstName: "Ann", town: "Kyiv", attributes: { plan: "gold", size: { shoe: 38 } } };
  const a = await people.upsert({ externalCustomerId: "E1", email: y, visitorIds: ["visitor-1"], fields });
  const b = await people.upsert({
    email: x,
    phone: p,
    visitorIds: ["visitor-2"],
    fields: { firstName: "Anna", languageCode: "uk", attributes: { plan: "silver" } },
  });
  const before = [await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)];
  await merge(people, a.contactId, b.contactId);
  expect(await people.liveContacts()).toEqual([a.contactId]);
  expect(await undoLast(people)).toMatchObject({
    kind: "undone",
    winner: a.contactId,
    loser: b.contactId,
    changed: true,
  });
  expect([await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)]).toEqual(before);
});

test("undoing a merge in which the back end's email had replaced another restores both keys", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: y });
  const b = await people.upsert({ email: x, fields: { firstName: "Bob" } });
  const before = [await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)];
  await people.upsert({ externalCustomerId: "E1", email: x });
  await undoLast(people);
  expect([await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)]).toEqual(before);
});

test("after an undo the next identify does not merge the pair again", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: x });
  await people.upsert({ externalCustomerId: "E1", email: x });
  await undoLast(people);
  const again = await people.upsert({ externalCustomerId: "E1", email: x });
  expect(again).toMatchObject({ contactId: a.contactId, merged: [] });
  expect(again.warnings).toMatchObject([{ code: "email_in_use", heldBy: b.contactId }]);
  expect(await people.holder("email", x)).toBe(b.contactId);
});

test("what a visitor does after the merge stays with the visitor when it is undone", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: x, visitorIds: ["visitor-2"] });
  await merge(people, a.contactId, b.contactId);
  const at = await people.hit("visitor-2");
  await undoLast(people);
  expect(await people.timeline(b.contactId)).toEqual([at]);
  expect(await people.timeline(a.contactId)).toEqual([]);
});

test("undoing twice changes nothing the second time", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: x });
  await merge(people, a.contactId, b.contactId);
  await undoLast(people);
  expect(await undoLast(people)).toMatchObject({ kind: "undone", changed: false });
});

test("of two merges in a row the first can be undone by itself", async () => {
  const { people } = here;
  const c = await people.device({ deviceId: "device-1-abc", fields: { languageCode: "uk" } });
  const b = await people.upsert({ phone: p, fields: { town: "Lviv" } });
  const a = await people.upsert({ email: x, fields: { firstName: "Ann" } });
  const before = await everythingOf(people, c.contactId);
  await merge(people, b.contactId, c.contactId);
  const [first] = await people.db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log");
  await merge(people, a.contactId, b.contactId);
  const cause = { actor: "admin", requestId: randomUUID() };
  expect(await undoMerge(people.deps, { mergeId: first?.mergeId ?? 0, at: people.tick(), cause })).toMatchObject({
    kind: "undone",
  });
  expect(await everythingOf(people, c.contactId)).toEqual(before);
  expect(await people.survivor(b.contactId)).toBe(a.contactId);
  expect(await people.contact(a.contactId)).toMatchObject({ firstName: "Ann", town: "Lviv", languageCode: null });
});

test("the explanation of a contact names every request that made it what it is", async () => {
  const { people } = here;
  const b = await people.upsert({ email: x, visitorIds: ["visitor-1"], cause: { actor: "key 1", requestId: "r1" } });
  const a = await people.upsert({ externalCustomerId: "E1", cause: { actor: "key 1", requestId: "r2" } });
  await people.upsert({ externalCustomerId: "E1", email: x, cause: { actor: "key 1", requestId: "r3" } });
  const steps = await explainContact(people.db, a.contactId);
  expect(steps.map(({ action, requestId }) => `${requestId} ${action}`)).toEqual([
    "r1 create",
    "r1 update-identifier",
    "r1 bind",
    "r2 create",
    "r2 update-identifier",
    "r3 merge",
    "r3 update-identifier",
  ]);
  expect(steps.find(({ action }) => action === "merge")).toMatchObject({
    contactId: a.contactId,
    otherContactId: b.contactId,
    reason: "same email",
    matchedBy: "externalCustomerId",
    trust: "server",
  });
  expect(JSON.stringify(steps)).not.toContain(x);
});

test("a dry run tells who would match and what would merge, and writes nothing", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: x });
  const before = [await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)];
  const request = {
    trust: "server",
    verb: "upsert",
    externalCustomerId: "E1",
    email: x,
    moment: people.now,
    receivedAt: people.now,
    contactSource: "API",
    cause: { actor: "test", requestId: "dry" },
  } as const;
  const { outcome } = await dryRun(people.deps, request);
  expect(outcome).toMatchObject({
    kind: "resolved",
    contact: a.contactId,
    merged: [b.contactId],
    matchedBy: "externalCustomerId",
  });
  expect([await everythingOf(people, a.contactId), await everythingOf(people, b.contactId)]).toEqual(before);
  expect((await dryRun(people.deps, { ...request, externalCustomerId: "E7", email: null })).outcome).toMatchObject({
    contact: "new",
    created: true,
  });
});

import { expect, test } from "vitest";
import { installation } from "./installation.ts";
import { must } from "./people.ts";

const here = installation({ defaultCountry: "UA" });

const x = "ann@shop.example";
const y = "ann.private@mail.example";
const p = "+380441234567";
const v1 = "visitor-1";

test("1. five page views make no contact", async () => {
  const { people } = here;
  await people.hits(5, v1);
  expect(await people.liveContacts()).toEqual([]);
  expect(await people.count("binding")).toBe(0);
});

test("2. a registration that names its visitor gets the five earlier page views, in order", async () => {
  const { people } = here;
  const before = await people.hits(5, v1);
  const { contactId, created } = await people.upsert({ externalCustomerId: "E1", email: x, visitorIds: [v1] });
  expect(created).toBe(true);
  expect(await people.liveContacts()).toEqual([contactId]);
  expect(await people.timeline(contactId)).toEqual(before);
  expect((await people.contact(contactId)).externalCustomerId).toBe("E1");
});

test("3. a newsletter form makes one unconfirmed contact that owns the three earlier page views", async () => {
  const { people } = here;
  const before = await people.hits(3, v1);
  const { contactId } = must(await people.subscribe({ email: x, visitorIds: [v1] }));
  expect(await people.liveContacts()).toEqual([contactId]);
  expect(await people.timeline(contactId)).toEqual(before);
  expect(await people.channels(contactId)).toEqual([`${x} unconfirmed`]);
});

test("4. a bound visitor's next page view is on the timeline without another identify", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const at = await people.hit(v1);
  expect(await people.timeline(contactId)).toEqual([at]);
});

test("5. a visitor that has done nothing yet is bound, and its later page views follow", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: ["visitor-9"] });
  expect(await people.timeline(contactId)).toEqual([]);
  const at = await people.hit("visitor-9");
  expect(await people.timeline(contactId)).toEqual([at]);
});

test("6. the same registration ten times more changes nothing and leaves no trace", async () => {
  const { people } = here;
  const request = { externalCustomerId: "E1", email: x, visitorIds: [v1] };
  const { contactId } = await people.upsert(request);
  const [bindings, audit, { version }] = [
    await people.count("binding"),
    await people.count("identity_audit"),
    await people.contact(contactId),
  ];
  for (let again = 0; again < 10; again += 1) {
    expect(await people.upsert(request)).toMatchObject({ contactId, changed: false, created: false, merged: [] });
  }
  expect(await people.count("binding")).toBe(bindings);
  expect(await people.count("identity_audit")).toBe(audit);
  expect((await people.contact(contactId)).version).toBe(version);
});

test("7. a known external id updates its contact", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", email: x });
  const second = await people.upsert({ externalCustomerId: "E1", fields: { firstName: "Zoe" } });
  expect(second).toMatchObject({ contactId, matchedBy: "externalCustomerId", changed: true });
  expect(await people.liveContacts()).toEqual([contactId]);
  expect((await people.contact(contactId)).firstName).toBe("Zoe");
});

test("8. a contact known by email gets the new external id", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ email: x });
  expect(await people.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({ contactId, matchedBy: "email" });
  expect(await people.liveContacts()).toEqual([contactId]);
  expect((await people.contact(contactId)).externalCustomerId).toBe("E1");
});

test("9. a contact known by phone only gets external id and email, and the answer says by what it was found", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ phone: p });
  const second = await people.upsert({ externalCustomerId: "E1", email: y, phone: p });
  expect(second).toMatchObject({ contactId, matchedBy: "phone" });
  expect(await people.holder("email", y)).toBe(contactId);
  expect(await people.holder("external", "E1")).toBe(contactId);
});

test("10. a request about one contact leaves others alone", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const b = await people.upsert({ phone: p });
  const before = await people.contact(b.contactId);
  await people.upsert({ externalCustomerId: "E1", phone: "+380447654321" });
  expect(await people.contact(b.contactId)).toEqual(before);
  expect(await people.holder("phone", "+380447654321")).toBe(a.contactId);
});

test("11. an email that another external id holds makes a second contact, with the address as a channel", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const b = await people.upsert({ externalCustomerId: "E2", email: x });
  expect(b.contactId).not.toBe(a.contactId);
  expect(b.warnings).toEqual([{ code: "email_in_use", field: "email", heldBy: a.contactId }]);
  expect(await people.holder("email", x)).toBe(a.contactId);
  expect(await people.channels(b.contactId)).toEqual([`${x} confirmed`]);
  expect((await people.contact(a.contactId)).externalCustomerId).toBe("E1");
});

test("12. with conflicts rejected, the same request is refused and nothing is written", async () => {
  const people = here.people.with({ onConflict: "reject" });
  await people.upsert({ externalCustomerId: "E1", email: x });
  const before = [await people.count("contact"), await people.count("identity_audit")];
  expect(await people.ask({ externalCustomerId: "E2", email: x })).toMatchObject({
    kind: "refused",
    status: 409,
    code: "email_in_use",
  });
  expect([await people.count("contact"), await people.count("identity_audit")]).toEqual(before);
});

test("13. a contact found by the email of a known person flows into that person", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const b = await people.upsert({ email: x });
  expect(await people.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({
    contactId: a.contactId,
    merged: [b.contactId],
  });
  expect(await people.survivor(b.contactId)).toBe(a.contactId);
  expect(await people.holder("email", x)).toBe(a.contactId);
});

test("14. the back end's new email replaces the old one, whose contact flows in", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: y });
  const b = await people.upsert({ email: x });
  const merged = await people.upsert({ externalCustomerId: "E1", email: x });
  expect(merged).toMatchObject({ contactId: a.contactId, merged: [b.contactId] });
  expect(await people.holder("email", x)).toBe(a.contactId);
  expect(await people.holder("email", y)).toBeUndefined();
  expect(await people.channels(a.contactId)).toEqual([`${y} confirmed (old)`, `${x} confirmed`]);
});

test("15. an email that another person holds is no key: no merge, the old key stays", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const b = await people.upsert({ externalCustomerId: "E2", email: y });
  const again = await people.upsert({ externalCustomerId: "E1", email: y });
  expect(again.merged).toEqual([]);
  expect(again.warnings).toEqual([{ code: "email_in_use", field: "email", heldBy: b.contactId }]);
  expect(await people.holder("email", x)).toBe(a.contactId);
  expect(await people.holder("email", y)).toBe(b.contactId);
});

test("16. two contacts known by email and by phone become one, with both timelines", async () => {
  const { people } = here;
  const first = await people.hits(2, v1);
  await people.upsert({ email: x, visitorIds: [v1] });
  const second = await people.hits(2, "visitor-2");
  await people.upsert({ phone: p, visitorIds: ["visitor-2"] });
  const { contactId } = await people.upsert({ externalCustomerId: "E1", email: x, phone: p });
  expect(await people.liveContacts()).toEqual([contactId]);
  expect(await people.timeline(contactId)).toEqual([...first, ...second]);
  expect([await people.holder("email", x), await people.holder("phone", p)]).toEqual([contactId, contactId]);
});

test("17. an email that was replaced finds nobody any more", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.upsert({ externalCustomerId: "E1", email: y });
  expect(await people.holder("email", y)).toBe(a.contactId);
  expect(await people.holder("email", x)).toBeUndefined();
  const { contactId, created } = await people.upsert({ email: x });
  expect(created).toBe(true);
  expect(contactId).not.toBe(a.contactId);
});

test("18. an external id never changes", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  const refusal = await people.ask({ contactId, externalCustomerId: "E2" });
  expect(refusal).toMatchObject({ kind: "refused", status: 409, code: "external_id_immutable" });
  expect((await people.contact(contactId)).externalCustomerId).toBe("E1");
});

test("19. placeholders are no external ids: all seven guests with one email are one contact", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ email: x });
  const blanks = ["", " "];
  const placeholders = ["null", "0", "undefined", "[object Object]", "00000000-0000-0000-0000-000000000000"];
  for (const externalCustomerId of [...blanks, ...placeholders]) {
    const outcome = await people.upsert({ externalCustomerId, email: x });
    expect(outcome.contactId).toBe(contactId);
    const expected = blanks.includes(externalCustomerId)
      ? []
      : [{ code: "blocked_identifier", field: "externalCustomerId" }];
    expect(outcome.warnings).toEqual(expected);
  }
  expect((await people.contact(contactId)).externalCustomerId).toBeNull();
  expect(await people.ask({ externalCustomerId: "null" })).toMatchObject({
    kind: "refused",
    status: 400,
    code: "no_identifier",
  });
});

test("20. letter case and blanks of an email make no other person, and the first spelling is kept for display", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ email: "Ann@Ex.org" });
  expect(await people.upsert({ email: " ann@ex.ORG " })).toMatchObject({ contactId, changed: false });
  const [channel] = await people.db.query("SELECT spelling FROM channel WHERE contact_id = $1", [contactId]);
  expect(channel).toEqual({ spelling: "Ann@Ex.org" });
});

test("21. a phone is the same with and without plus, blanks and hyphens", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ phone: "+380 44 123-45-67" });
  for (const phone of ["380441234567", "044 123 45 67", "(044) 1234567"]) {
    expect(await people.upsert({ phone })).toMatchObject({ contactId, changed: false });
  }
});

test("22. another person's login on one browser: each keeps what happened in their own time", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const mine = await people.hits(4, v1);
  const b = await people.upsert({ externalCustomerId: "E2", email: y, visitorIds: [v1] });
  const theirs = await people.hits(2, v1);
  expect(await people.timeline(a.contactId)).toEqual(mine);
  expect(await people.timeline(b.contactId)).toEqual(theirs);
});

test("23. the first person comes back: three stretches, both of theirs on their timeline", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const mine = await people.hits(4, v1);
  const b = await people.upsert({ externalCustomerId: "E2", email: y, visitorIds: [v1] });
  const theirs = await people.hits(2, v1);
  await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const again = await people.hit(v1);
  expect(await people.timeline(a.contactId)).toEqual([...mine, again]);
  expect(await people.timeline(b.contactId)).toEqual(theirs);
  expect(await people.count("binding")).toBe(3);
});

test("24. thirty days of anonymous history are the known person's with the next read, and no event moved", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1" });
  const day = 24 * 60 * 60 * 1000;
  const days = Array.from({ length: 30 }, (_, index) => people.now - (30 - index) * day);
  for (const at of days) await people.hit("visitor-7", { at });
  const events = await people.db.query("SELECT * FROM event ORDER BY event_id");
  await people.upsert({ externalCustomerId: "E1", visitorIds: ["visitor-7"] });
  expect(await people.timeline(contactId)).toEqual(days);
  expect(await people.db.query("SELECT * FROM event ORDER BY event_id")).toEqual(events);
});

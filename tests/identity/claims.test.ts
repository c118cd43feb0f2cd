import { expect, test } from "vitest";
import { installation } from "./installation.ts";
import { must, pendingClaim } from "./people.ts";

const here = installation();

const x = "ann@shop.example";
const y = "bob@mail.example";
const v1 = "visitor-1";
const v6 = "visitor-6";
const WEEK = 7 * 24 * 60 * 60 * 1000;

test("34. a newsletter form for a new address leaves it unconfirmed", async () => {
  const { people } = here;
  const { contactId } = must(await people.subscribe({ email: x, visitorIds: [v1] }));
  expect(await people.channels(contactId)).toEqual([`${x} unconfirmed`]);
  expect(await people.proof("email", x)).toBe("claimed");
});

test("35. an address that the back end names is confirmed", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ email: x });
  expect(await people.channels(contactId)).toEqual([`${x} confirmed`]);
  expect(await people.proof("email", x)).toBe("server");
});

test("38. a confirmed mail confirms the address, once", async () => {
  const { people } = here;
  const { contactId } = must(await people.subscribe({ email: x, visitorIds: [v1] }));
  expect(must(await people.confirm(x, { contactId }))).toMatchObject({ contactId, changed: true });
  expect(await people.channels(contactId)).toEqual([`${x} confirmed`]);
  expect(await people.proof("email", x)).toBe("confirmed");
  expect(must(await people.confirm(x, { contactId })).changed).toBe(false);
});

test("41. a subscriber who fills in the form again from the same browser says nothing new", async () => {
  const { people } = here;
  const { contactId } = must(await people.subscribe({ email: x, visitorIds: [v1] }));
  await people.confirm(x, { contactId });
  expect(await people.subscribe({ email: x, visitorIds: [v1] })).toEqual({ kind: "nothing" });
  expect(await people.channels(contactId)).toEqual([`${x} confirmed`]);
});

test("42. a stranger's browsing joins a known contact only after the mail to its address was answered", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const before = await people.hits(2, v6);
  const claimId = pendingClaim(await people.subscribe({ email: x, visitorIds: [v6] }));
  expect(await people.timeline(a.contactId)).toEqual([]);
  expect(must(await people.confirm(x, { claimId })).contactId).toBe(a.contactId);
  expect(await people.timeline(a.contactId)).toEqual(before);
  expect(await people.count("pending_claim")).toBe(0);
});

test("43. a claim nobody proves is dropped after a week, and the visitor is free for its real owner", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const before = await people.hits(2, v6);
  await people.subscribe({ email: x, visitorIds: [v6] });
  const { expireClaims } = await import("../../src/server/identity/index.ts");
  expect(await expireClaims(people.deps, people.now + WEEK - 1)).toBe(0);
  expect(await expireClaims(people.deps, people.tick(WEEK))).toBe(1);
  const b = await people.upsert({ externalCustomerId: "E5", visitorIds: [v6] });
  expect(await people.timeline(b.contactId)).toEqual(before);
  expect(await people.timeline(a.contactId)).toEqual([]);
});

test("44. the browser's real owner registers: the visitor is theirs and the claim is dropped", async () => {
  const { people } = here;
  await people.upsert({ externalCustomerId: "E1", email: x });
  const before = await people.hits(2, v6);
  const claimId = pendingClaim(await people.claim({ email: x, visitorIds: [v6] }));
  const owner = await people.upsert({ externalCustomerId: "E5", visitorIds: [v6] });
  expect(await people.timeline(owner.contactId)).toEqual(before);
  expect(await people.count("pending_claim")).toBe(0);
  // The mail arrives too late to move anything.
  await people.confirm(x, { claimId });
  expect(await people.timeline(owner.contactId)).toEqual(before);
});

test("45. an unsubscribed address stays so when the back end names it", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ email: x });
  await people.db.query("UPDATE channel SET status = 'unsubscribed' WHERE contact_id = $1", [contactId]);
  await people.upsert({ externalCustomerId: "E1", email: x });
  expect(await people.channels(contactId)).toEqual([`${x} unsubscribed`]);
});

test("an unsubscribed address is subscribed again by a new double opt-in, a suppressed one is not", async () => {
  const { people } = here;
  const a = await people.upsert({ email: x });
  const b = await people.upsert({ email: y });
  await people.db.query("UPDATE channel SET status = 'unsubscribed' WHERE value = $1", [x]);
  await people.db.query("UPDATE channel SET status = 'suppressed' WHERE value = $1", [y]);
  await people.confirm(x);
  await people.confirm(y);
  expect(await people.channels(a.contactId)).toEqual([`${x} confirmed`]);
  expect(await people.channels(b.contactId)).toEqual([`${y} suppressed`]);
});

test("64. in mode signed an identify without token is refused", async () => {
  const { people } = here;
  const refusal = await people.claim({ externalCustomerId: "E1", visitorIds: [v1], mode: "signed" });
  expect(refusal).toMatchObject({ kind: "refused", code: "token_required" });
  expect(await people.liveContacts()).toEqual([]);
});

test("in mode signed a form still subscribes, but the external id beside the address is not believed", async () => {
  const { people } = here;
  const { contactId } = must(
    await people.subscribe({ externalCustomerId: "E1", email: x, visitorIds: [v1], mode: "signed" }),
  );
  expect((await people.contact(contactId)).externalCustomerId).toBeNull();
});

test("65. a signed identity binds its visitor", async () => {
  const { people } = here;
  const before = await people.hits(2, v1);
  const { contactId } = must(await people.ident({ externalCustomerId: "E1", visitorIds: [v1] }));
  expect(await people.timeline(contactId)).toEqual(before);
  expect(await people.proof("external", "E1")).toBe("server");
});

test("67. what a stranger types beside a known address changes nothing about its contact", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x, fields: { firstName: "Ann" } });
  const before = await people.contact(a.contactId);
  const claimId = pendingClaim(
    await people.subscribe({ email: x, visitorIds: [v6], fields: { firstName: "Mallory" } }),
  );
  await people.claim({ email: x, visitorIds: ["visitor-7"], fields: { firstName: "Mallory" } });
  expect(await people.contact(a.contactId)).toEqual(before);
  await people.confirm(x, { claimId });
  expect((await people.contact(a.contactId)).firstName).toBe("Ann");
});

test("72. a visitor that names six people in a day is shared: what nobody owns is no longer attached", async () => {
  const { people } = here;
  for (const person of [1, 2, 3, 4, 5, 6]) {
    await people.upsert({ externalCustomerId: `E${person}`, visitorIds: [v1] });
  }
  await people.reset(v1);
  await people.hit(v1);
  const { contactId } = await people.upsert({ externalCustomerId: "E7", visitorIds: [v1] });
  const after = await people.hit(v1);
  expect(await people.timeline(contactId)).toEqual([after]);
});

test("five people on one visitor in a day are still taken for a family: the unbound stretch is attached", async () => {
  const { people } = here;
  for (const person of [1, 2, 3, 4]) await people.upsert({ externalCustomerId: `E${person}`, visitorIds: [v1] });
  await people.reset(v1);
  const between = await people.hit(v1);
  const { contactId } = await people.upsert({ externalCustomerId: "E5", visitorIds: [v1] });
  expect(await people.timeline(contactId)).toEqual([between]);
});

test("73. beyond the limit of visitors for one contact the last one is not bound, and nothing is lost", async () => {
  const people = here.people.with({ maxBindingsPerContact: 3 });
  for (const visitor of ["visitor-1", "visitor-2", "visitor-3"]) {
    await people.upsert({ externalCustomerId: "E1", visitorIds: [visitor] });
  }
  const at = await people.hit("visitor-4");
  const last = await people.upsert({ externalCustomerId: "E1", visitorIds: ["visitor-4"] });
  expect(last.warnings).toEqual([{ code: "limit_reached", field: "visitorId" }]);
  expect(await people.timeline(last.contactId)).toEqual([]);
  const [event] = await people.db.query("SELECT occurred_at FROM event WHERE source_id = 'visitor-4'");
  expect(event).toEqual({ occurredAt: at });
});

test("74. history recorded without consent to attach is never on a timeline", async () => {
  const { people } = here;
  await people.hit(v1, { attachable: false });
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const at = await people.hit(v1);
  expect(await people.timeline(contactId)).toEqual([at]);
});

test("133. a claim of what nobody holds makes the contact at once, with the history, its keys only claimed", async () => {
  const { people } = here;
  const before = await people.hits(4, v1);
  const { contactId, created } = must(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v1] }));
  expect(created).toBe(true);
  expect(await people.timeline(contactId)).toEqual(before);
  expect([await people.proof("external", "E1"), await people.proof("email", x)]).toEqual(["claimed", "claimed"]);
});

test("134. a claim of a known person changes nothing of them and waits", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const rows = () => people.db.query("SELECT * FROM contact NATURAL JOIN identifier ORDER BY kind");
  const before = await rows();
  pendingClaim(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v6] }));
  expect(await rows()).toEqual(before);
  expect(await people.channels(a.contactId)).toEqual([`${x} confirmed`]);
  expect(await people.count("pending_claim")).toBe(1);
});

for (const proof of ["upsert", "ident"] as const) {
  test(`135. the claimed visitor is proven by ${proof}: its whole history is the person's, the claim is gone`, async () => {
    const { people } = here;
    const a = await people.upsert({ externalCustomerId: "E1", email: x });
    const before = await people.hits(3, v6);
    await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v6] });
    const after = await people.hits(2, v6);
    await people[proof]({ externalCustomerId: "E1", visitorIds: [v6] });
    expect(await people.timeline(a.contactId)).toEqual([...before, ...after]);
    expect(await people.count("pending_claim")).toBe(0);
  });
}

for (const proven of [true, false]) {
  test(`136. a claim made by somebody else's browser ${proven ? "moves it from the claim on, once proven" : "moves nothing without proof"}`, async () => {
    const { people } = here;
    const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    const b = await people.upsert({ externalCustomerId: "E2", email: y });
    const mine = await people.hits(2, v1);
    const claimId = pendingClaim(await people.claim({ email: y, visitorIds: [v1] }));
    const since = await people.hits(2, v1);
    if (proven) await people.confirm(y, { claimId });
    expect(await people.timeline(a.contactId)).toEqual(proven ? mine : [...mine, ...since]);
    expect(await people.timeline(b.contactId)).toEqual(proven ? since : []);
  });
}

test("137. a bound browser that repeats who it is on every page writes nothing", async () => {
  const { people } = here;
  await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v1] });
  const before = [await people.count("identity_audit"), await people.count("binding")];
  expect(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v1] })).toEqual({ kind: "nothing" });
  expect(await people.claim({ email: x, visitorIds: [v1] })).toEqual({ kind: "nothing" });
  expect([await people.count("identity_audit"), await people.count("binding")]).toEqual(before);
  expect(await people.count("pending_claim")).toBe(0);
});

test("138. a stranger who claimed somebody's address first gives the key up to its proven owner", async () => {
  const { people } = here;
  const stranger = must(await people.claim({ externalCustomerId: "E9", email: x, visitorIds: [v6] }));
  const owner = await people.upsert({ externalCustomerId: "E1", email: x });
  expect(owner.warnings).toEqual([]);
  expect(await people.holder("email", x)).toBe(owner.contactId);
  expect(await people.channels(stranger.contactId)).toEqual([`${x} unconfirmed`]);
});

test("139. the back end proves what a browser claimed: same contact, same history", async () => {
  const { people } = here;
  const before = await people.hits(3, v1);
  const c = must(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v1] }));
  expect(await people.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({ contactId: c.contactId });
  expect(await people.proof("external", "E1")).toBe("server");
  expect(await people.proof("email", x)).toBe("server");
  expect(await people.timeline(c.contactId)).toEqual(before);
});

test("140. a mailed proof of an email proves no phone: the phone's contact is left alone", async () => {
  const { people } = here;
  const p = "+380441234567";
  const c = await people.upsert({ email: "zoe@mail.example", phone: p });
  const before = await people.contact(c.contactId);
  const claimId = pendingClaim(await people.subscribe({ email: y, phone: p, visitorIds: [v6] }));
  const proven = must(await people.confirm(y, { claimId }));
  expect(proven.created).toBe(true);
  expect(await people.channels(proven.contactId)).toEqual([`${y} confirmed`, `${p} unconfirmed`]);
  expect(await people.holder("phone", p)).toBe(c.contactId);
  expect(await people.contact(c.contactId)).toEqual(before);
});

test("a mailed proof never finds a contact by phone alone", async () => {
  const { people } = here;
  const p = "+380441234567";
  const c = await people.upsert({ phone: p });
  const claimId = pendingClaim(await people.subscribe({ email: y, phone: p, visitorIds: [v6] }));
  const proven = must(await people.confirm(y, { claimId }));
  expect(proven.contactId).not.toBe(c.contactId);
  expect(await people.channels(c.contactId)).toEqual([`${p} confirmed`]);
});

test("141. in mode open a claim binds to a known contact at once and changes nothing else of it", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x });
  const before = await people.contact(a.contactId);
  const hits = await people.hits(2, v6);
  must(
    await people.claim({
      externalCustomerId: "E1",
      email: y,
      visitorIds: [v6],
      mode: "open",
      fields: { firstName: "M" },
    }),
  );
  expect(await people.timeline(a.contactId)).toEqual(hits);
  expect(await people.contact(a.contactId)).toEqual(before);
  expect(await people.channels(a.contactId)).toEqual([`${x} confirmed`]);
});

test("142. a form filled in with another address does not move the browser of a known customer", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const b = must(await people.subscribe({ email: y, visitorIds: [v1] }));
  const at = await people.hit(v1);
  expect(await people.timeline(a.contactId)).toEqual([at]);
  expect(await people.timeline(b.contactId)).toEqual([]);
});

test("143. an open tab does not undo a deletion", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  await people.delete(contactId);
  pendingClaim(await people.ident({ externalCustomerId: "E1", visitorIds: [v1] }));
  pendingClaim(await people.claim({ externalCustomerId: "E1", visitorIds: [v6] }));
  expect((await people.contact(contactId)).status).toBe("deleted");
  expect(await people.liveContacts()).toEqual([]);
});

test("149. an external id sent as a number is its decimal text; a number JSON can't carry is refused", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: 42 });
  expect(await people.upsert({ externalCustomerId: "42" })).toMatchObject({ contactId });
  expect(await people.ask({ externalCustomerId: 9007199254740993 })).toMatchObject({
    kind: "refused",
    code: "invalid_external_id",
  });
});

test("156. an address that a stranger claimed beside somebody's id is never written to for them, confirmed or not", async () => {
  const { people } = here;
  const c = must(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v6] }));
  await people.upsert({ externalCustomerId: "E1" });
  await people.confirm(x, { contactId: c.contactId });
  expect(await people.channels(c.contactId)).toEqual([`${x} unconfirmed`]);
  // Until the back end names it.
  await people.upsert({ externalCustomerId: "E1", email: x });
  expect(await people.channels(c.contactId)).toEqual([`${x} confirmed`]);
});

test("the order of mailed proof and back end's word does not matter for such an address (B25)", async () => {
  const { people } = here;
  const c = must(await people.claim({ externalCustomerId: "E1", email: x, visitorIds: [v6] }));
  await people.confirm(x, { contactId: c.contactId });
  await people.upsert({ externalCustomerId: "E1" });
  expect(await people.channels(c.contactId)).toEqual([`${x} unconfirmed`]);
});

test("157. an identify that lay in an offline queue does not move a browser that somebody has used since", async () => {
  const { people } = here;
  const early = people.tick();
  const b = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
  const late = await people.ident({ externalCustomerId: "E1", visitorIds: [v1], moment: early });
  expect(must(late).warnings).toEqual([{ code: "late_identify", field: "visitorId" }]);
  const at = await people.hit(v1);
  expect(await people.timeline(b.contactId)).toEqual([at]);
});

test("102. hits from an offline queue two days older than the identify are all on the timeline, in order", async () => {
  const { people } = here;
  const old = people.now;
  people.tick(2 * 24 * 60 * 60 * 1000);
  const { contactId } = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const times = Array.from({ length: 50 }, (_, index) => old + index);
  for (const at of [...times].reverse()) await people.hit(v1, { at });
  expect(await people.timeline(contactId)).toEqual(times);
});

test("103. after a logout and another login, hits stamped in the first person's time are theirs, whenever they arrive", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const mine = people.tick();
  await people.reset(v1);
  const nobodys = people.tick();
  const b = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
  const theirs = people.tick();
  for (const at of [theirs, nobodys, mine]) await people.hit(v1, { at });
  expect(await people.timeline(a.contactId)).toEqual([mine]);
  expect(await people.timeline(b.contactId)).toEqual([nobodys, theirs]);
});

test("an event exactly at the moment of a switch is the second person's: stretches are half-open", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
  const moment = people.tick();
  const b = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1], moment });
  await people.hit(v1, { at: moment });
  expect(await people.timeline(a.contactId)).toEqual([]);
  expect(await people.timeline(b.contactId)).toEqual([moment]);
});

test("a logout that lay in an offline queue does not end somebody else's stretch", async () => {
  const { people } = here;
  const early = people.tick();
  const b = await people.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
  await people.reset(v1, early);
  const at = await people.hit(v1);
  expect(await people.timeline(b.contactId)).toEqual([at]);
});

test("a browser that claims ten different people within an hour is not listened to any more", async () => {
  const { people } = here;
  for (let person = 0; person < 12; person += 1) await people.upsert({ externalCustomerId: `E${person}` });
  const answers = [];
  for (let person = 0; person < 12; person += 1) {
    answers.push((await people.claim({ externalCustomerId: `E${person}`, visitorIds: [v6] })).kind);
  }
  expect(answers.filter((kind) => kind === "pending")).toHaveLength(10);
  expect(await people.count("pending_claim")).toBe(10);
});

test("an external id with ever new emails within a day is a crowd: it identifies nobody any more (§8.1)", async () => {
  const people = here.people.with({ emailsPerExternalIdPerDay: 3 });
  for (let email = 0; email < 4; email += 1) {
    await people.upsert({ externalCustomerId: "guest-of-the-shop", email: `guest-${email}@mail.example` });
  }
  const next = await people.upsert({ externalCustomerId: "guest-of-the-shop", email: "guest-9@mail.example" });
  expect(next.created).toBe(true);
  expect(next.warnings).toEqual([{ code: "blocked_identifier", field: "externalCustomerId" }]);
});

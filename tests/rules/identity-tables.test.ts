import { expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { IdentityOutcome, IdentityRequest, Resolved } from "../../src/server/identity/request.ts";
import { violationsIn } from "./world-invariants.ts";
import { World } from "./world.ts";

// One example for every row of the tables of matching (B), visitors (C), logout (D), devices (E), deletion (F) and
// merging (G), without a database.

const x = "x@mail.example";
const y = "y@mail.example";
const z = "z@mail.example";
const p = "+380441234567";
const q = "+380447654321";
const v1 = "visitor-1";
const d1 = "device-1-abcdefgh";

class Scene extends World {
  upsert(request: Partial<IdentityRequest>): Resolved {
    return must(this.ask(request));
  }
  claim(request: Partial<IdentityRequest>): IdentityOutcome {
    return this.ask({ trust: "claim", verb: "identify", ...request });
  }
  subscribe(request: Partial<IdentityRequest>): IdentityOutcome {
    return this.ask({ trust: "claim", verb: "subscribe", ...request });
  }
  device(request: Partial<IdentityRequest>): Resolved {
    return must(this.ask({ trust: "mobile", verb: "device", ...request }));
  }
  mail(request: Partial<IdentityRequest>): Resolved {
    return must(this.ask({ trust: "mail", verb: "subscribe", ...request }));
  }
  /** Who holds what, as `email x@…`. */
  keys(contactId: ContactId): string[] {
    return (this.contacts.get(contactId)?.identifiers ?? []).map(({ kind, value }) => `${kind} ${value}`).sort();
  }
  addresses(contactId: ContactId): string[] {
    const channels = this.contacts.get(contactId)?.channels ?? [];
    return channels.map(({ value, status, current }) => `${value} ${status}${current ? "" : " (old)"}`).sort();
  }
  live(): ContactId[] {
    return [...this.contacts].flatMap(([id, { status }]) => (status === "live" ? [id] : []));
  }
  stretchesOf(contactId: ContactId): string[] {
    return this.stretches
      .filter((stretch) => stretch.contactId === contactId)
      .map(
        ({ id, validFrom, validTo }) =>
          `${id} ${Number.isFinite(validFrom) ? "since" : "ever"} ${Number.isFinite(validTo) ? "until" : "open"}`,
      );
  }
}

function must(outcome: IdentityOutcome): Resolved {
  if (outcome.kind !== "resolved") throw new Error(JSON.stringify(outcome));
  return outcome;
}

const codes = ({ warnings }: Resolved) => warnings.map(({ code }) => code);

/** Row by row: what happens, and what must be true. */
const rows: Record<string, (s: Scene) => void> = {
  "B1: a new email makes a contact": (s) => {
    expect(s.keys(s.upsert({ email: x }).contactId)).toEqual([`email ${x}`]);
  },
  "B2: a known email updates its contact, whether or not that has an external id": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", email: x });
    expect(s.upsert({ email: x })).toMatchObject({ contactId: a.contactId, matchedBy: "email" });
  },
  "B3: a phone's contact without email gets the email": (s) => {
    const a = s.upsert({ phone: p });
    expect(s.upsert({ email: x, phone: p }).contactId).toBe(a.contactId);
    expect(s.keys(a.contactId)).toEqual([`email ${x}`, `phone ${p}`]);
  },
  "B4: all new makes one contact with all": (s) => {
    expect(s.keys(s.upsert({ externalCustomerId: "E1", email: x, phone: p }).contactId)).toHaveLength(3);
  },
  "B5: a known external id alone updates its contact": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    expect(s.upsert({ externalCustomerId: "E1" })).toMatchObject({ contactId: a.contactId, changed: false });
  },
  "B6: the back end's free email replaces the old one, which stays in history": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", email: x });
    s.upsert({ externalCustomerId: "E1", email: y });
    expect(s.keys(a.contactId)).toEqual([`email ${y}`, "external E1"]);
    expect(s.addresses(a.contactId)).toEqual([`${x} confirmed (old)`, `${y} confirmed`]);
  },
  "B7: newsletter first, registration later": (s) => {
    const a = must(s.subscribe({ email: x, visitorIds: [v1] }));
    expect(s.upsert({ externalCustomerId: "E1", email: x }).contactId).toBe(a.contactId);
  },
  "B8: an anonymous contact of the email flows into the known person": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    const b = s.upsert({ email: x });
    expect(s.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({
      contactId: a.contactId,
      merged: [b.contactId],
    });
  },
  "B8b: also when the person had another email, but only on the back end's word": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", email: y });
    const b = s.upsert({ email: x });
    const signed = must(
      s.ask({ trust: "signed", verb: "identify", externalCustomerId: "E1", email: x, visitorIds: [v1] }),
    );
    expect(signed.merged).toEqual([]);
    expect(codes(signed)).toEqual(["email_in_use"]);
    expect(s.upsert({ externalCustomerId: "E1", email: x }).merged).toEqual([b.contactId]);
    expect(s.keys(a.contactId)).toEqual([`email ${x}`, "external E1"]);
  },
  "B9: an email of another external id: a second contact, the address as channel only": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", email: x });
    const b = s.upsert({ externalCustomerId: "E2", email: x });
    expect(b.warnings).toEqual([{ code: "email_in_use", field: "email", heldBy: a.contactId }]);
    expect(s.keys(b.contactId)).toEqual(["external E2"]);
    expect(s.addresses(b.contactId)).toEqual([`${x} confirmed`]);
  },
  "B10: a known person with somebody else's email: everything but the key, no merge": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    s.upsert({ externalCustomerId: "E2", email: x });
    const again = s.upsert({ externalCustomerId: "E1", email: x, fields: { town: "Kyiv" } });
    expect(again).toMatchObject({ contactId: a.contactId, merged: [] });
    expect(s.contacts.get(a.contactId)?.values).toEqual({ town: "Kyiv" });
    expect(s.keys(a.contactId)).toEqual(["external E1"]);
  },
  "B11: another external id for a contact named by its id is refused": (s) => {
    const { contactId } = s.upsert({ externalCustomerId: "E1" });
    expect(s.ask({ contactId, externalCustomerId: "E2" })).toMatchObject({
      code: "external_id_immutable",
      status: 409,
    });
  },
  "B12, back end: literally the phone's contact, whose email is replaced; the answer says so": (s) => {
    const c = s.upsert({ email: z, phone: p });
    expect(s.upsert({ externalCustomerId: "E1", email: y, phone: p })).toMatchObject({
      contactId: c.contactId,
      matchedBy: "phone",
    });
    expect(s.keys(c.contactId)).toEqual([`email ${y}`, "external E1", `phone ${p}`]);
  },
  "B12, everybody else: a different email is never replaced through a phone": (s) => {
    const c = s.upsert({ email: z, phone: p });
    const other = s.device({ deviceId: d1, externalCustomerId: "E1", email: y, phone: p });
    expect(other.contactId).not.toBe(c.contactId);
    expect(codes(other)).toEqual(["phone_not_merged"]);
    expect(s.keys(c.contactId)).toEqual([`email ${z}`, `phone ${p}`]);
    expect(s.addresses(other.contactId)).toContain(`${p} unconfirmed`);
  },
  "B13: email before phone: the email's contact gets the id, the phone's flows in": (s) => {
    const a = s.upsert({ email: x });
    const b = s.upsert({ phone: p });
    expect(s.upsert({ externalCustomerId: "E1", email: x, phone: p })).toMatchObject({
      contactId: a.contactId,
      merged: [b.contactId],
    });
  },
  "B13 with the guard: a phone's contact that has another email stays": (s) => {
    s.upsert({ email: x });
    const b = s.upsert({ email: z, phone: p });
    const outcome = s.upsert({ externalCustomerId: "E1", email: x, phone: p });
    expect(outcome.merged).toEqual([]);
    expect(codes(outcome)).toEqual(["phone_not_merged"]);
    expect(s.keys(b.contactId)).toEqual([`email ${z}`, `phone ${p}`]);
  },
  "B14: both the email's and the phone's contact flow into the known person": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    const b = s.upsert({ email: x });
    const c = s.upsert({ phone: p });
    expect(s.upsert({ externalCustomerId: "E1", email: x, phone: p })).toMatchObject({
      contactId: a.contactId,
      merged: [b.contactId, c.contactId],
    });
    expect(s.live()).toEqual([a.contactId]);
  },
  "B15: another person's email is left alone while the phone's contact flows in": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    const b = s.upsert({ externalCustomerId: "E2", email: x });
    const c = s.upsert({ phone: p });
    const outcome = s.upsert({ externalCustomerId: "E1", email: x, phone: p });
    expect(outcome).toMatchObject({ contactId: a.contactId, merged: [c.contactId] });
    expect(s.keys(b.contactId)).toEqual([`email ${x}`, "external E2"]);
  },
  "B16: an external id alone makes a contact without any channel": (s) => {
    expect(s.addresses(s.upsert({ externalCustomerId: "E1" }).contactId)).toEqual([]);
  },
  "B17: a blocked value is ignored with a warning; alone it is refused": (s) => {
    expect(codes(s.upsert({ externalCustomerId: "undefined", email: x }))).toEqual(["blocked_identifier"]);
    expect(s.ask({ externalCustomerId: "undefined" })).toMatchObject({ kind: "refused", status: 400 });
  },
  "B18: another letter case is another external id, and worth a warning": (s) => {
    const a = s.upsert({ externalCustomerId: "Ab1" });
    const b = s.upsert({ externalCustomerId: "aB1" });
    expect(b.contactId).not.toBe(a.contactId);
    expect(codes(b)).toEqual(["external_id_case_variant"]);
  },
  "B19: another letter case is the same email, kept as it was written first": (s) => {
    const a = s.upsert({ email: "Ann@Mail.example" });
    expect(s.upsert({ email: "ann@mail.EXAMPLE" })).toMatchObject({ contactId: a.contactId, changed: false });
    expect(s.contacts.get(a.contactId)?.channels[0]?.spelling).toBe("Ann@Mail.example");
  },
  "B20, B21: restored first; then an anonymous holder of the email flows in, an identified one keeps it": (s) => {
    const d = s.upsert({ externalCustomerId: "E1", email: x });
    s.delete(d.contactId);
    const l = s.upsert({ email: x });
    expect(s.upsert({ externalCustomerId: "E1", email: x })).toMatchObject({
      contactId: d.contactId,
      restored: true,
      merged: [l.contactId],
    });
    s.delete(d.contactId);
    const other = s.upsert({ externalCustomerId: "E2", email: x });
    const back = s.upsert({ externalCustomerId: "E1", email: x });
    expect(back).toMatchObject({ contactId: d.contactId, restored: true, merged: [] });
    expect(s.keys(other.contactId)).toEqual([`email ${x}`, "external E2"]);
  },
  "B22: the email of a deleted contact alone is free": (s) => {
    const d = s.upsert({ externalCustomerId: "E1", email: x });
    s.delete(d.contactId);
    expect(s.upsert({ email: x }).created).toBe(true);
    expect(s.keys(d.contactId)).toEqual(["external E1"]);
  },
  "B23: an external id of one contact with the id of another is refused": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    const b = s.upsert({ email: x });
    expect(s.ask({ contactId: b.contactId, externalCustomerId: "E1" })).toMatchObject({
      code: "identifier_mismatch",
      status: 409,
    });
    expect(s.keys(a.contactId)).toEqual(["external E1"]);
  },
  "B24: a key that a stranger only claimed goes to the proven person": (s) => {
    const stranger = must(s.claim({ externalCustomerId: "E9", email: x, visitorIds: [v1] }));
    const owner = s.upsert({ externalCustomerId: "E1", email: x });
    expect(s.keys(owner.contactId)).toContain(`email ${x}`);
    expect(s.addresses(stranger.contactId)).toEqual([`${x} unconfirmed`]);
  },
  "B25: a person proven by id replaces the claimed email, or leaves it unsendable": (s) => {
    const c = must(s.claim({ externalCustomerId: "E1", email: x, visitorIds: [v1] }));
    s.upsert({ externalCustomerId: "E1" });
    s.mail({ email: x });
    expect(s.addresses(c.contactId)).toEqual([`${x} unconfirmed`]);
    const other = must(s.claim({ externalCustomerId: "E2", email: y, visitorIds: ["visitor-2"] }));
    s.upsert({ externalCustomerId: "E2", email: z });
    expect(s.keys(other.contactId)).toEqual([`email ${z}`, "external E2"]);
  },
  "C1, C2: a visitor's whole past is the contact's by one stretch": (s) => {
    expect(s.stretchesOf(s.upsert({ email: x, visitorIds: [v1] }).contactId)).toEqual([`${v1} ever open`]);
  },
  "C3: a visitor that is bound already changes nothing": (s) => {
    s.upsert({ email: x, visitorIds: [v1] });
    expect(s.upsert({ email: x, visitorIds: [v1] }).changed).toBe(false);
  },
  "C4: the contact of the visitor is the same person by its email: its stretches follow": (s) => {
    const d = must(s.subscribe({ email: x, visitorIds: [v1] }));
    const t = s.upsert({ externalCustomerId: "E1" });
    expect(s.upsert({ externalCustomerId: "E1", email: x, visitorIds: [v1] }).merged).toEqual([d.contactId]);
    expect(s.stretchesOf(t.contactId)).toEqual([`${v1} ever open`]);
  },
  "C5: another identified person takes the visitor over from now on": (s) => {
    const d = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    const t = s.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
    expect(s.stretchesOf(d.contactId)).toEqual([`${v1} ever until`]);
    expect(s.stretchesOf(t.contactId)).toEqual([`${v1} since open`]);
  },
  "C6: two newsletter addresses from one browser are two contacts": (s) => {
    const d = must(s.subscribe({ email: x, visitorIds: [v1] }));
    const t = must(s.subscribe({ email: y, visitorIds: [v1] }));
    expect(s.live()).toEqual([d.contactId, t.contactId]);
    expect(s.stretchesOf(t.contactId)).toEqual([`${v1} since open`]);
  },
  "C6b: a form does not take the browser of a known customer": (s) => {
    const d = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    must(s.subscribe({ email: y, visitorIds: [v1] }));
    expect(s.stretchesOf(d.contactId)).toEqual([`${v1} ever open`]);
  },
  "C7: after a deletion the visitor is nobody's, and reaches back to that moment": (s) => {
    const d = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    s.delete(d.contactId);
    const t = s.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
    expect(s.stretchesOf(t.contactId)).toEqual([`${v1} since open`]);
  },
  "C9: a browser's word about a known person waits, and takes effect when it was said": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    const b = s.upsert({ externalCustomerId: "E2", email: y });
    const mine = s.hit(v1);
    expect(s.claim({ email: y, visitorIds: [v1] }).kind).toBe("pending");
    const since = s.hit(v1);
    expect(s.timeline(a.contactId)).toEqual([mine, since]);
    const claimedAt = s.claims[0]?.claimedAt ?? 0;
    s.ask({ trust: "mail", verb: "subscribe", email: y, visitorIds: [v1], moment: claimedAt });
    expect(s.timeline(a.contactId)).toEqual([mine]);
    expect(s.timeline(b.contactId)).toEqual([since]);
  },
  "C11: beyond the limit a visitor is not bound, and that is said": (s) => {
    for (let index = 0; index < 1_000; index += 1) {
      s.stretches.push({
        bindingId: -index - 1,
        kind: "visitor",
        id: `far-${index}`,
        contactId: 1 as ContactId,
        validFrom: -Infinity,
        validTo: Infinity,
        boundAt: 0,
      });
    }
    expect(codes(s.upsert({ email: x, visitorIds: [v1] }))).toEqual([]);
    expect(codes(s.upsert({ email: x, visitorIds: ["visitor-2"] }))).toEqual(["limit_reached"]);
    expect(s.stretches.some(({ id }) => id === "visitor-2")).toBe(false);
  },
  "D3: what happens after a logout on the same visitor is the next person's": (s) => {
    s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    s.reset(v1);
    const between = s.hit(v1);
    const next = s.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
    expect(s.timeline(next.contactId)).toEqual([between]);
  },
  "D4: two people who alternate without logout: one stretch a switch": (s) => {
    for (const externalCustomerId of ["E1", "E2", "E1"]) s.upsert({ externalCustomerId, visitorIds: [v1] });
    expect(s.stretches).toHaveLength(3);
  },
  "D5: more than five people a day: shared, and binding never reaches back": (s) => {
    for (const person of [1, 2, 3, 4, 5, 6]) s.upsert({ externalCustomerId: `E${person}`, visitorIds: [v1] });
    s.reset(v1);
    const between = s.hit(v1);
    const next = s.upsert({ externalCustomerId: "E7", visitorIds: [v1] });
    expect(s.timeline(next.contactId)).not.toContain(between);
  },
  "D7: two visitors in one request are two stretches of one contact": (s) => {
    expect(s.stretchesOf(s.upsert({ email: x, visitorIds: [v1, "visitor-2"] }).contactId)).toHaveLength(2);
  },
  "a word that lay in an offline queue does not move a visitor that somebody has used since": (s) => {
    const early = s.tick();
    const b = s.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
    const late = must(
      s.ask({ trust: "signed", verb: "identify", externalCustomerId: "E1", visitorIds: [v1], moment: early }),
    );
    expect(codes(late)).toEqual(["late_identify"]);
    expect(s.stretchesOf(b.contactId)).toEqual([`${v1} ever open`]);
  },
  "E1, E2: a device makes one contact, however often it calls": (s) => {
    const a = s.device({ deviceId: d1 });
    expect(s.device({ deviceId: d1 })).toMatchObject({ contactId: a.contactId, changed: false });
  },
  "E3: sign-up promotes the device's contact": (s) => {
    const a = s.device({ deviceId: d1 });
    expect(s.device({ deviceId: d1, externalCustomerId: "E1", email: x }).contactId).toBe(a.contactId);
  },
  "E4: login into a known account takes the device's contact along": (s) => {
    const c = s.device({ deviceId: d1 });
    const a = s.upsert({ externalCustomerId: "E1" });
    expect(s.device({ deviceId: d1, externalCustomerId: "E1" })).toMatchObject({
      contactId: a.contactId,
      merged: [c.contactId],
    });
  },
  "E5: a new id with a known email: the email's contact gets it, the device's flows in": (s) => {
    const c = s.device({ deviceId: d1 });
    const a = s.upsert({ email: x });
    expect(s.device({ deviceId: d1, externalCustomerId: "E1", email: x })).toMatchObject({
      contactId: a.contactId,
      merged: [c.contactId],
    });
  },
  "E6: another account takes the device, the history stays": (s) => {
    const a = s.device({ deviceId: d1, externalCustomerId: "E1" });
    const b = s.device({ deviceId: d1, externalCustomerId: "E2" });
    expect(s.stretchesOf(a.contactId)).toEqual([`${d1} ever until`]);
    expect(s.stretchesOf(b.contactId)).toEqual([`${d1} since open`]);
    expect(s.keys(a.contactId)).toEqual(["external E1"]);
  },
  "E6b: a device id with a suffix is another device": (s) => {
    expect(s.device({ deviceId: `${d1}:E1` }).contactId).not.toBe(s.device({ deviceId: d1 }).contactId);
  },
  "E7: the same call again changes nothing": (s) => {
    const call = { deviceId: d1, externalCustomerId: "E1", channels: [{ type: "mobilepush", value: "t1" }] } as const;
    s.device(call);
    expect(s.device(call).changed).toBe(false);
  },
  "E12: an all-zero device id is none": (s) => {
    expect(s.ask({ trust: "mobile", verb: "device", deviceId: "00000000-0000-0000-0000-000000000000" }).kind).toBe(
      "refused",
    );
  },
  "E13: what the phone knew fills gaps only": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", fields: { firstName: "Ann" } });
    s.device({ deviceId: d1, fields: { firstName: "Guest", town: "Kyiv" } });
    s.device({ deviceId: d1, externalCustomerId: "E1" });
    expect(s.contacts.get(a.contactId)?.values).toEqual({ firstName: "Ann", town: "Kyiv" });
  },
  "mobile: an email or phone fills an empty place and never replaces": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", phone: p });
    s.device({ deviceId: d1, externalCustomerId: "E1", email: x, phone: q });
    expect(s.keys(a.contactId)).toEqual([`device ${d1}`, `email ${x}`, "external E1", `phone ${p}`]);
  },
  "F1, F2: restored with everything but consent that was not there": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", email: x });
    const contact = s.contacts.get(a.contactId);
    if (contact)
      s.contacts.set(a.contactId, {
        ...contact,
        channels: contact.channels.map((it) => ({ ...it, status: "unsubscribed" })),
      });
    s.delete(a.contactId);
    const back = s.upsert({ externalCustomerId: "E1", email: x });
    expect(back).toMatchObject({ contactId: a.contactId, restored: true });
    expect(codes(back)).toEqual(["consent_not_restored"]);
    expect(s.addresses(a.contactId)).toEqual([`${x} unsubscribed`]);
  },
  "F10: neither a token nor a claim restores; a device's login does": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    s.delete(a.contactId);
    expect(s.ask({ trust: "signed", verb: "identify", externalCustomerId: "E1", visitorIds: [v1] }).kind).toBe(
      "pending",
    );
    expect(s.claim({ externalCustomerId: "E1", visitorIds: [v1] }).kind).toBe("pending");
    expect(s.live()).toEqual([]);
    expect(s.device({ deviceId: d1, externalCustomerId: "E1" })).toMatchObject({
      contactId: a.contactId,
      restored: true,
    });
  },
  "W5: asked to leave deleted contacts alone, it does": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    s.delete(a.contactId);
    expect(s.ask({ externalCustomerId: "E1", deleted: "skip" })).toMatchObject({ code: "deleted_contact" });
  },
  "H6: a blank field leaves the value alone, null clears it": (s) => {
    const { contactId } = s.upsert({
      email: x,
      fields: { firstName: "Ann", town: "Kyiv", attributes: { plan: "gold" } },
    });
    s.upsert({ email: x, fields: { firstName: " ", town: "", attributes: {} } });
    expect(s.contacts.get(contactId)?.values).toEqual({ firstName: "Ann", town: "Kyiv", "attributes.plan": "gold" });
    s.upsert({ email: x, fields: { town: null, attributes: { plan: null } } });
    expect(s.contacts.get(contactId)?.values).toEqual({ firstName: "Ann" });
  },
  "a token's browser fills gaps but replaces nothing that the back end said": (s) => {
    const { contactId } = s.upsert({ externalCustomerId: "E1", fields: { firstName: "Ann" } });
    const fields = { firstName: "Mallory", town: "Kyiv" };
    s.ask({ trust: "signed", verb: "identify", externalCustomerId: "E1", visitorIds: [v1], fields });
    expect(s.contacts.get(contactId)?.values).toEqual({ firstName: "Ann", town: "Kyiv" });
  },
  "an update by the back end counts even when its clock went back": (s) => {
    const { contactId } = s.upsert({ email: x, fields: { town: "Kyiv" } });
    s.upsert({ email: x, fields: { town: "Lviv" }, moment: s.now - 60_000 });
    expect(s.contacts.get(contactId)?.values).toEqual({ town: "Lviv" });
  },
  "C8: a visitor named by the request that makes the contact is the contact's at once": (s) => {
    s.hit(v1);
    const { contactId } = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    expect(s.stretches).toMatchObject([{ id: v1, contactId, validFrom: -Infinity }]);
  },
  "C10: of two people named on one visitor one after the other, the last has it": (s) => {
    const a = s.upsert({ externalCustomerId: "E1", visitorIds: [v1] });
    const b = s.upsert({ externalCustomerId: "E2", visitorIds: [v1] });
    expect(s.stretches.map(({ contactId, validTo }) => [contactId, Number.isFinite(validTo)])).toEqual([
      [a.contactId, true],
      [b.contactId, false],
    ]);
  },
  "an email beside a token is only claimed: it matches, merges and confirms nobody (§8.3)": (s) => {
    const newsletter = s.upsert({ email: x });
    const known = s.upsert({ externalCustomerId: "E1" });
    const said = { trust: "signed", verb: "identify", email: x, visitorIds: [v1], emailFrom: "message" } as const;
    s.ask({ ...said, externalCustomerId: "E1" });
    s.ask({ ...said, externalCustomerId: "E2", visitorIds: ["visitor-2"] });
    expect(s.survivor(newsletter.contactId)).toBe(newsletter.contactId);
    expect(s.contacts.get(newsletter.contactId)?.identifiers).toHaveLength(1);
    expect(s.contacts.get(known.contactId)?.channels).toMatchObject([{ value: x, status: "unconfirmed" }]);
  },
  "a token whose sub is a placeholder names nobody, whatever stands beside it": (s) => {
    const said = { trust: "signed", verb: "identify", externalCustomerId: "null", visitorIds: [v1] } as const;
    expect(s.ask({ ...said, email: x, emailFrom: "message" })).toMatchObject({
      kind: "refused",
      code: "no_identifier",
    });
    expect(s.contacts.size).toBe(0);
  },
  "B25 with a token: what only stands beside it lifts no address that is withheld": (s) => {
    s.ask({ trust: "claim", verb: "identify", externalCustomerId: "E1", email: x, visitorIds: [v1] });
    const { contactId } = s.upsert({ externalCustomerId: "E1" });
    const said = { trust: "signed", verb: "identify", externalCustomerId: "E1", email: x, visitorIds: [v1] } as const;
    s.ask({ ...said, emailFrom: "message" });
    expect(s.contacts.get(contactId)?.channels).toMatchObject([{ withheld: true, status: "unconfirmed" }]);
    s.ask({ ...said, emailFrom: "token" });
    expect(s.contacts.get(contactId)?.channels).toMatchObject([{ withheld: false, status: "confirmed" }]);
  },
  "M1: two external ids are two people": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    const b = s.upsert({ externalCustomerId: "E2" });
    expect(s.merge(a.contactId, b.contactId)).toBe("refused");
  },
  "M2: external id, then email, then phone, then device; whatever the order of the arguments": (s) => {
    const device = s.device({ deviceId: d1 });
    const phone = s.upsert({ phone: p });
    const email = s.upsert({ email: x });
    const known = s.upsert({ externalCustomerId: "E1" });
    s.merge(device.contactId, phone.contactId);
    expect(s.survivor(device.contactId)).toBe(phone.contactId);
    s.merge(phone.contactId, email.contactId);
    expect(s.survivor(device.contactId)).toBe(email.contactId);
    s.merge(email.contactId, known.contactId);
    expect(s.survivor(device.contactId)).toBe(known.contactId);
  },
  "M10: a merge over the limit is not made, and that is said": (s) => {
    const a = s.upsert({ externalCustomerId: "E1" });
    for (let index = 0; index < 100; index += 1) s.merged.set((1_000 + index) as ContactId, a.contactId);
    s.upsert({ email: x });
    const outcome = s.upsert({ externalCustomerId: "E1", email: x });
    expect(outcome.merged).toEqual([]);
    expect(codes(outcome)).toEqual(["limit_reached"]);
  },
};

for (const [name, row] of Object.entries(rows)) {
  test(name, () => {
    const scene = new Scene();
    row(scene);
    expect(
      violationsIn(scene).filter((violation) => !violation.includes("far-") && !violation.includes("redirects")),
    ).toEqual([]);
  });
}

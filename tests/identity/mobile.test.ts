import { expect, test } from "vitest";
import { installation } from "./installation.ts";

const here = installation();
const x = "ann@shop.example";
const d1 = "phone-0001-aaaaaaaa";

const token = (value: string) => [{ type: "mobilepush", value } as const];

test("25. the first open of an app makes one contact whose only identifier is the device; the next open makes none", async () => {
  const { people } = here;
  const { contactId } = await people.device({ deviceId: d1 });
  expect(await people.device({ deviceId: d1 })).toMatchObject({ contactId, changed: false });
  expect(await people.db.query("SELECT kind, value FROM identifier")).toEqual([{ kind: "device", value: d1 }]);
});

test("26. a sign-up in the app promotes the device's own contact", async () => {
  const { people } = here;
  const { contactId } = await people.device({ deviceId: d1 });
  expect(await people.device({ deviceId: d1, externalCustomerId: "E1", email: x })).toMatchObject({ contactId });
  for (const [kind, value] of [
    ["device", d1],
    ["external", "E1"],
    ["email", x],
  ] as const) {
    expect(await people.holder(kind, value)).toBe(contactId);
  }
  expect(await people.liveContacts()).toEqual([contactId]);
});

test("27. a login in the app: device, push token and events go to the known person, the anonymous contact redirects", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1" });
  const c = await people.device({ deviceId: d1, channels: token("t1") });
  const before = [];
  for (let index = 0; index < 3; index += 1) before.push(await people.hit(d1, { kind: "device" }));
  expect(await people.device({ deviceId: d1, externalCustomerId: "E1" })).toMatchObject({
    contactId: a.contactId,
    merged: [c.contactId],
  });
  expect(await people.timeline(a.contactId)).toEqual(before);
  expect(await people.channels(a.contactId)).toEqual(["t1 confirmed"]);
  expect(await people.holder("device", d1)).toBe(a.contactId);
  expect(await people.liveContacts()).toEqual([a.contactId]);
  expect(await people.survivor(c.contactId)).toBe(a.contactId);
});

test("28. a person onboarded on the web who opens the app and logs in is exactly one contact", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", email: x, visitorIds: ["visitor-1"] });
  await people.device({ deviceId: d1 });
  await people.device({ deviceId: d1, externalCustomerId: "E1", email: x });
  expect(await people.liveContacts()).toEqual([a.contactId]);
});

test("29. another login on one phone moves device and token; the first person keeps the history", async () => {
  const { people } = here;
  const a = await people.device({ deviceId: d1, externalCustomerId: "E1", channels: token("t1") });
  const mine = await people.hit(d1, { kind: "device" });
  const b = await people.upsert({ externalCustomerId: "E2" });
  expect(await people.device({ deviceId: d1, externalCustomerId: "E2" })).toMatchObject({
    contactId: b.contactId,
    merged: [],
  });
  const theirs = await people.hit(d1, { kind: "device" });
  expect(await people.holder("device", d1)).toBe(b.contactId);
  expect(await people.channels(a.contactId)).toEqual([]);
  expect(await people.channels(b.contactId)).toEqual(["t1 confirmed"]);
  expect(await people.timeline(a.contactId)).toEqual([mine]);
  expect(await people.timeline(b.contactId)).toEqual([theirs]);
});

test("30. two accounts on one phone, as device ids with a suffix, both keep the push token", async () => {
  const { people } = here;
  const phone = "0123456789abcdef";
  const a = await people.device({ deviceId: `${phone}:E1`, externalCustomerId: "E1", channels: token("t1") });
  const b = await people.device({ deviceId: `${phone}:E2`, externalCustomerId: "E2", channels: token("t1") });
  expect(await people.channels(a.contactId)).toEqual(["t1 confirmed"]);
  expect(await people.channels(b.contactId)).toEqual(["t1 confirmed"]);
});

test("a push token that turns up on another phone is that phone's (E11)", async () => {
  const { people } = here;
  const a = await people.device({ deviceId: "phone-A-aaaaaaaaaaaa", channels: token("t1") });
  const b = await people.device({ deviceId: "phone-B-bbbbbbbbbbbb", channels: token("t1") });
  expect(await people.channels(a.contactId)).toEqual([]);
  expect(await people.channels(b.contactId)).toEqual(["t1 confirmed"]);
});

test("a push token that rotates replaces the device's old one (E10)", async () => {
  const { people } = here;
  const { contactId } = await people.device({ deviceId: d1, channels: token("t1") });
  await people.device({ deviceId: d1, channels: token("t2") });
  expect(await people.channels(contactId)).toEqual(["t2 confirmed"]);
});

test("31. a new external id with a known email: the contact of the email survives and gets id and device", async () => {
  const { people } = here;
  const c = await people.device({ deviceId: d1 });
  const a = await people.upsert({ email: x });
  expect(await people.device({ deviceId: d1, externalCustomerId: "E1", email: x })).toMatchObject({
    contactId: a.contactId,
    merged: [c.contactId],
  });
  expect(await people.holder("external", "E1")).toBe(a.contactId);
  expect(await people.holder("device", d1)).toBe(a.contactId);
});

test("32. five devices and three visitors of one person: one contact, one timeline sorted across all", async () => {
  const { people } = here;
  const times = [];
  for (const device of [1, 2, 3, 4, 5].map((number) => `device-number-${number}`)) {
    await people.device({ deviceId: device });
    times.push(await people.hit(device, { kind: "device" }));
    await people.device({ deviceId: device, externalCustomerId: "E1" });
  }
  for (const visitor of ["visitor-1", "visitor-2", "visitor-3"]) {
    times.push(await people.hit(visitor));
    await people.upsert({ externalCustomerId: "E1", visitorIds: [visitor] });
  }
  const [contactId, ...others] = await people.liveContacts();
  expect(others).toEqual([]);
  expect(contactId && (await people.timeline(contactId))).toEqual(times);
  expect(await people.count("binding")).toBe(8);
});

test("33. a name that a phone knew does not replace a better one; what was unknown comes from the phone", async () => {
  const { people } = here;
  const a = await people.upsert({ externalCustomerId: "E1", fields: { firstName: "Ann" } });
  await people.device({ deviceId: d1, fields: { firstName: "Guest", languageCode: "uk" } });
  await people.device({ deviceId: d1, externalCustomerId: "E1" });
  expect(await people.contact(a.contactId)).toMatchObject({ firstName: "Ann", languageCode: "uk" });
});

test("150. a device call alone, without a user call, identifies by everything it names", async () => {
  const { people } = here;
  const { contactId } = await people.device({
    deviceId: d1,
    externalCustomerId: "E1",
    email: x,
    phone: "+380441234567",
  });
  const keys = await people.db.query<{ kind: string }>("SELECT kind FROM identifier WHERE contact_id = $1", [
    contactId,
  ]);
  expect(keys.map(({ kind }) => kind).sort()).toEqual(["device", "email", "external", "phone"]);
});

test("151. what a user call leaves out stays as it was", async () => {
  const { people } = here;
  const { contactId } = await people.device({
    deviceId: d1,
    externalCustomerId: "E1",
    fields: { firstName: "Ann", attributes: { plan: "gold" } },
  });
  await people.device({ deviceId: d1, externalCustomerId: "E1", fields: { town: "Kyiv" } });
  await people.device({ deviceId: d1, externalCustomerId: "E1" });
  expect(await people.contact(contactId)).toMatchObject({
    firstName: "Ann",
    town: "Kyiv",
    attributes: { plan: "gold" },
  });
});

test("153. events that the phone sends after another login are whose time they happened in", async () => {
  const { people } = here;
  const a = await people.device({ deviceId: d1, externalCustomerId: "E1" });
  const offline = people.tick();
  const b = await people.device({ deviceId: d1, externalCustomerId: "E2" });
  await people.hit(d1, { kind: "device", at: offline });
  expect(await people.timeline(a.contactId)).toEqual([offline]);
  expect(await people.timeline(b.contactId)).toEqual([]);
});

test("154. events of a device never seen make no contact, and are its contact's from the first device call on", async () => {
  const { people } = here;
  const at = await people.hit(d1, { kind: "device" });
  expect(await people.liveContacts()).toEqual([]);
  const { contactId } = await people.device({ deviceId: d1 });
  expect(await people.timeline(contactId)).toEqual([at]);
});

test("155. a device id with an account's suffix is another device: deleting one contact leaves the other", async () => {
  const { people } = here;
  const a = await people.device({ deviceId: "d1-abcdef" });
  const b = await people.device({ deviceId: "d1-abcdef:E1", externalCustomerId: "E1" });
  expect(a.contactId).not.toBe(b.contactId);
  await people.delete(b.contactId);
  expect(await people.liveContacts()).toEqual([a.contactId]);
  expect(await people.holder("device", "d1-abcdef")).toBe(a.contactId);
});

test("an app never replaces an email: a different one is kept beside it (trust mobile)", async () => {
  const { people } = here;
  const { contactId } = await people.upsert({ externalCustomerId: "E1", email: x });
  await people.device({ deviceId: d1, externalCustomerId: "E1", email: "other@mail.example" });
  expect(await people.holder("email", x)).toBe(contactId);
  expect(await people.holder("email", "other@mail.example")).toBeUndefined();
});

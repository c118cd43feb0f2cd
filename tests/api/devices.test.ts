import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import { readContact, readTimeline } from "../../src/server/contacts/index.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
let access: Record<string, string>;
beforeAll(async () => {
  api = await contactApi();
  access = {
    authorization: "",
    "x-reteno-access-key": await api.key("mobile"),
    "x-reteno-sdk-version": "$android 2.9.6",
  };
});

const send = (path: string, body: unknown) => api.call("POST", `/api/v1/${path}`, { body, headers: access });
async function done(path: string, body: unknown): Promise<void> {
  const { status, text } = await send(path, body);
  expect([status, text]).toEqual([200, "{}"]);
}
async function holderOf(kind: string, value: string): Promise<ContactId> {
  const rows = await api.db.query<{ contactId: ContactId }>(
    "SELECT contact_id FROM identifier WHERE kind = $1::identifier_kind AND value = $2",
    [kind, value],
  );
  return rows[0]?.contactId ?? (0 as ContactId);
}
async function cardOf(id: ContactId) {
  const lookup = await readContact(api.db, id);
  if (lookup.kind !== "found") throw new Error(`Contact ${id} is ${lookup.kind}.`);
  return lookup.card;
}
const namesOf = async (contactId: ContactId) =>
  (await readTimeline(api.db, { contactId, limit: 50 })).entries.map(({ name }) => name);
const event = (eventTypeKey: string, occurred: number, params: unknown[] = []) => ({
  eventTypeKey,
  occurred: new Date(occurred).toISOString(),
  params,
});
async function contacts(): Promise<number> {
  const rows = await api.db.query<{ n: number }>("SELECT count(*) AS n FROM contact WHERE status = 'live'");
  return rows[0]?.n ?? 0;
}

describe("an app", () => {
  test("makes a contact of the device at its first open, and the same one at the next", async () => {
    const before = await contacts();
    await done("device", {
      deviceId: "first-open-1",
      pushToken: "",
      osType: "ANDROID",
      appVersion: "1.0",
      languageCode: "uk",
    });
    await done("device", {
      deviceId: "first-open-1",
      pushToken: "token-first",
      osType: "ANDROID",
      appVersion: "1.1",
      phone: null,
    });

    expect(await contacts()).toBe(before + 1);
    const card = await cardOf(await holderOf("device", "first-open-1"));
    expect(card).toMatchObject({ externalCustomerId: null, contactSource: "MOBILE", languageCode: "uk" });
    expect(card.channels.map(({ type, value }) => [type, value])).toEqual([["mobilepush", "token-first"]]);
    expect(
      await api.db.query("SELECT app_version, os_type, push_token FROM device WHERE device_id = 'first-open-1'"),
    ).toEqual([{ appVersion: "1.1", osType: "ANDROID", pushToken: "token-first" }]);
  });

  test("signs somebody up: the same contact gets the new external id and the attributes", async () => {
    await done("device", { deviceId: "sign-up-1" });
    const anonymous = await holderOf("device", "sign-up-1");
    await done("events", { deviceId: "sign-up-1", events: [event("productViewed", Date.now() - 60_000)] });

    await done("device", { deviceId: "sign-up-1", externalUserId: "app-user-1" });
    await done("user", {
      deviceId: "sign-up-1",
      externalUserId: "app-user-1",
      userAttributes: {
        email: "app-user-1@shop.example",
        phone: "+380942583660",
        firstName: "Ada",
        address: { town: "London" },
        marketId: "uk",
        fields: [{ key: "plan", value: "gold" }],
      },
      groupNamesInclude: ["App"],
      subscriptionKeys: ["weekly"],
    });

    const card = await cardOf(anonymous);
    expect(card).toMatchObject({
      externalCustomerId: "app-user-1",
      firstName: "Ada",
      town: "London",
      attributes: { plan: "gold", marketId: "uk" },
    });
    expect(card.identifiers.map(({ kind, value }) => [kind, value])).toEqual([
      ["external", "app-user-1"],
      ["email", "app-user-1@shop.example"],
      ["phone", "+380942583660"],
      ["device", "sign-up-1"],
    ]);
    expect(await namesOf(anonymous)).toEqual(["productViewed"]);
    const shown = (await api.call("GET", `/api/v1/contact/${anonymous}`)).json();
    expect(shown).toMatchObject({ groups: [{ name: "App", type: "Static" }] });
  });

  test("27. logs somebody known in by the device call alone: device, push token and history go to that contact", async () => {
    const body = { externalCustomerId: "app-known", channels: [{ type: "email", value: "app-known@shop.example" }] };
    const { id } = (await api.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId };
    await done("device", { deviceId: "log-in-device", pushToken: "token-log-in" });
    const anonymous = await holderOf("device", "log-in-device");
    await done("events", { deviceId: "log-in-device", events: [event("cartUpdated", Date.now() - 60_000)] });

    await done("device", { deviceId: "log-in-device", externalUserId: "app-known", pushToken: "token-log-in" });

    expect((await cardOf(anonymous)).id).toBe(id);
    const card = await cardOf(id);
    expect(card.mergedIds).toEqual([anonymous]);
    expect(card.channels.map(({ value }) => value)).toContain("token-log-in");
    expect(await namesOf(id)).toEqual(["cartUpdated"]);
    expect((await api.call("GET", `/api/v1/contact/${anonymous}`)).json()).toMatchObject({ id });
  });

  test("changes hands: history stays with the one of its time, device and token go on", async () => {
    const start = Date.now() - 100_000;
    await done("device", { deviceId: "switch-device", externalUserId: "switch-a", pushToken: "token-switch" });
    const a = await holderOf("external", "switch-a");
    await done("events", { deviceId: "switch-device", events: [event("ofA", start)] });
    await done("device", { deviceId: "switch-device", externalUserId: "switch-b", pushToken: "token-switch" });
    const b = await holderOf("external", "switch-b");
    await done("events", {
      deviceId: "switch-device",
      externalUserId: "switch-a",
      events: [event("lateOfA", start + 1), event("ofB", Date.now() + 1_000)],
    });

    expect(b).not.toBe(a);
    expect(await namesOf(a)).toEqual(["lateOfA", "ofA"]);
    expect(await namesOf(b)).toEqual(["ofB"]);
    expect((await cardOf(a)).channels).toEqual([]);
    expect((await cardOf(b)).channels.map(({ value }) => value)).toEqual(["token-switch"]);
  });

  test("sends only what changed: absent, null and blank members leave things alone, an empty market clears it", async () => {
    const user = (userAttributes: object) =>
      done("user", { deviceId: "diff-device", externalUserId: "diff", userAttributes });
    await user({ firstName: "Ada", lastName: "Lovelace", marketId: "uk", fields: [{ key: "plan", value: "gold" }] });
    await user({ firstName: null, lastName: "", phone: " ", marketId: "", fields: null });

    expect(await cardOf(await holderOf("external", "diff"))).toMatchObject({
      firstName: "Ada",
      lastName: "Lovelace",
      attributes: { plan: "gold" },
    });
    expect((await cardOf(await holderOf("external", "diff"))).attributes).not.toHaveProperty("marketId");
  });

  test("gives an anonymous person attributes, on the contact of the device", async () => {
    await done("device", { deviceId: "anonymous-device" });
    await done("user", { deviceId: "anonymous-device", userAttributes: { firstName: "Guest" } });
    expect(await cardOf(await holderOf("device", "anonymous-device"))).toMatchObject({
      firstName: "Guest",
      externalCustomerId: null,
    });
  });

  test("brings back who was deleted, for this is a login", async () => {
    await done("device", { deviceId: "restore-device", externalUserId: "app-restore" });
    const id = await holderOf("external", "app-restore");
    await api.call("DELETE", `/api/v1/contact/${id}`);
    await done("device", { deviceId: "restore-device", externalUserId: "app-restore" });
    expect((await cardOf(id)).status).toBe("live");
  });

  test("is heard although an address is none: the rest counts", async () => {
    await done("device", { deviceId: "bad-address", externalUserId: "bad-address", email: "a b@c", phone: "+1" });
    expect(await holderOf("external", "bad-address")).toBe(await holderOf("device", "bad-address"));
  });
});

describe("events of an app", () => {
  test("make nobody; the contact that the device gets later has them", async () => {
    const before = await contacts();
    await done("events", { deviceId: "unseen-device", events: [event("early", Date.now() - 5_000)] });
    expect(await contacts()).toBe(before);
    await done("device", { deviceId: "unseen-device" });
    expect(await namesOf(await holderOf("device", "unseen-device"))).toEqual(["early"]);
  });

  test("152. sent again after a lost answer are stored once; real ones in other milliseconds are others", async () => {
    const at = Date.now() - 9_000;
    const batch = {
      deviceId: "replay-device",
      events: [
        event("tap", at, [{ name: "x", value: "1" }, { name: "y" }]),
        event("tap", at + 1, [{ name: "x", value: "1" }]),
        event("tap", at, [{ name: "y" }, { name: "x", value: "1" }]),
      ],
    };
    await done("events", batch);
    await done("events", { ...batch, externalUserId: "somebody" });
    await done("device", { deviceId: "replay-device" });
    expect(await namesOf(await holderOf("device", "replay-device"))).toEqual(["tap", "tap"]);
  });

  test("that are bad harm no others and are kept apart with the reason", async () => {
    const events = [
      event("good", Date.now() - 1_000),
      { eventTypeKey: "no time" },
      event("", 0),
      "x",
      event("alsoGood", Date.now()),
    ];
    await done("events", { deviceId: "mixed-device", events });
    await done("device", { deviceId: "mixed-device" });
    expect((await namesOf(await holderOf("device", "mixed-device"))).sort()).toEqual(["alsoGood", "good"]);
    expect(await api.db.query("SELECT code FROM rejected WHERE code = 'invalid_event'")).toHaveLength(3);
  });
});

describe("the access key of apps", () => {
  test("is taken as Bearer, too, and may do nothing else", async () => {
    const secret = access["x-reteno-access-key"] ?? "";
    const headers = { authorization: `Bearer ${secret}` };
    const body = { deviceId: "bearer-device" };
    expect((await api.call("POST", "/api/v1/device/", { body, headers })).status).toBe(200);
    expect((await api.call("GET", "/api/v1/contacts", { headers })).status).toBe(403);
    expect((await api.call("GET", "/api/v1/contacts", { headers: access })).status).toBe(401);
  });

  test("that is wrong is a 401, and a key without the scope a 403, told as problem details", async () => {
    const wrong = await api.call("POST", "/api/v1/device", {
      body: {},
      headers: { ...access, "x-reteno-access-key": "x" },
    });
    expect([wrong.status, wrong.headers["content-type"]]).toEqual([
      401,
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    const other = { ...access, "x-reteno-access-key": await api.key("contacts:write") };
    const refused = await api.call("POST", "/api/v1/device", { body: { deviceId: "d-1" }, headers: other });
    expect([refused.status, refused.json()]).toMatchObject([
      403,
      { title: "Forbidden", detail: expect.any(String) as string },
    ]);
  });

  test.each<[string, string, unknown]>([
    ["no device", "device", { externalUserId: "x" }],
    ["a device id of zeros", "device", { deviceId: "00000000-0000-0000-0000-000000000000" }],
    ["events that are no list", "events", { deviceId: "d-1", events: {} }],
    ["a market with odd signs", "user", { deviceId: "d-1", userAttributes: { marketId: "a b" } }],
    ["broken JSON", "device", "{"],
  ])("does not help a body with %s", async (_what, path, body) => {
    const answer = await send(path, body);
    expect([answer.status, answer.json()]).toMatchObject([400, { detail: expect.any(String) as string }]);
  });
});

import { beforeAll, describe, expect, test } from "vitest";
import type { ContactId } from "../../src/contract/identifiers.ts";
import type { Device, DeviceOptions } from "../../src/device/api.ts";
import { openDevice } from "../../src/device/index.ts";
import { readContact, readTimeline } from "../../src/server/contacts/index.ts";
import { deviceWorld, holderOf, type DeviceWorld } from "../support/device-world.ts";

let world: DeviceWorld;
beforeAll(async () => {
  world = await deviceWorld();
});

/** A phone: its storage outlives the app. */
function phone(more: Partial<DeviceOptions> = {}) {
  const storage = new Map<string, string>();
  const open = (): Device =>
    openDevice({ host: world.network.url, key: world.key, storage: mapStorage(storage), ...more });
  return { storage, open };
}
const mapStorage = (map: Map<string, string>) => ({
  get: (key: string) => map.get(key) ?? null,
  set: (key: string, value: string) => void map.set(key, value),
  remove: (key: string) => void map.delete(key),
});
const namesOf = async (contactId: ContactId | undefined) =>
  (await readTimeline(world.db, { contactId: contactId ?? (0 as ContactId), limit: 50 })).entries.map(
    ({ name }) => name,
  );
const deviceIdOf = async (device: Device) => (await device.status()).deviceId;
const holder = (kind: string, value: string) => holderOf(world.db, kind, value);

describe("journey 1: somebody opens the app and signs up", () => {
  test("the device's own contact becomes theirs, with push token, attributes and everything done before", async () => {
    const { open } = phone({ device: { osType: "IOS", appVersion: "1.0", languageCode: "uk" } });
    const device = open();
    void device.setPushToken("token-signup", true);
    void device.track("productViewed", { sku: "monstera", price: 42 });
    void device.setAnonymousUserAttributes({ firstName: "A.", fields: { theme: "dark" } });
    await device.flush();
    const anonymous = await holder("device", await deviceIdOf(device));
    expect(anonymous).toBeDefined();

    void device.identify({
      externalId: "app-1",
      email: "app-1@shop.example",
      phone: "+380942583660",
      firstName: "Ada",
      fields: { plan: "gold" },
    });
    void device.track("orderCreated", { total: 42 });
    await device.flush();

    expect(await holder("external", "app-1")).toBe(anonymous);
    const card = await readContact(world.db, anonymous ?? (0 as ContactId));
    expect(card).toMatchObject({
      kind: "found",
      card: {
        externalCustomerId: "app-1",
        firstName: "Ada",
        languageCode: "uk",
        attributes: { plan: "gold", theme: "dark" },
      },
    });
    const channels = card.kind === "found" ? card.card.channels.map(({ type, value }) => [type, value]) : [];
    expect(channels.toSorted()).toEqual([
      ["email", "app-1@shop.example"],
      ["mobilepush", "token-signup"],
      ["sms", "+380942583660"],
    ]);
    expect(await namesOf(anonymous)).toEqual(["orderCreated", "productViewed"]);
    const [event] = await world.db.query("SELECT properties FROM event WHERE name = 'productViewed'");
    expect(event).toEqual({ properties: { sku: "monstera", price: 42 } });
    await device.close();
  });
});

describe("journey 2: a known customer logs in", () => {
  test("device, push token and events are theirs at once, and the anonymous contact redirects to them", async () => {
    const body = { externalCustomerId: "web-1", channels: [{ type: "email", value: "web-1@shop.example" }] };
    const known = (await world.call("POST", "/api/v1/contact", { body })).json() as { id: ContactId };
    const device = phone().open();
    void device.setPushToken("token-login");
    void device.track("productViewed");
    await device.flush();
    const anonymous = await holder("device", await deviceIdOf(device));

    void device.identify({ externalId: "web-1" });
    await device.flush();

    expect(await holder("device", await deviceIdOf(device))).toBe(known.id);
    expect(await namesOf(known.id)).toEqual(["productViewed"]);
    const redirected = await world.call("GET", `/api/v1/contact/${anonymous}`);
    expect(redirected.json()).toMatchObject({ id: known.id, externalCustomerId: "web-1" });
    await device.close();
  });
});

describe("journey 3: another person takes the phone", () => {
  test("without a network all along: everybody's events are their own, by the time they happened", async () => {
    const app = phone();
    const { db, network } = world;
    await network.down();
    const device = app.open();
    void device.track("as nobody");
    void device.identify({ externalId: "first-1" });
    void device.track("as the first");
    await device.close();
    const restarted = app.open();
    void restarted.track("as the first, after a restart");
    void restarted.identify({ externalId: "second-1" });
    void restarted.updateUserAttributes({ firstName: "Second" });
    void restarted.track("as the second");
    await restarted.status();
    await network.up();
    await restarted.flush();

    expect(await restarted.status()).toMatchObject({ externalId: "second-1", pending: 0, problem: undefined });
    const [first, second] = [await holder("external", "first-1"), await holder("external", "second-1")];
    expect(await namesOf(first)).toEqual(["as the first, after a restart", "as the first", "as nobody"]);
    expect(await namesOf(second)).toEqual(["as the second"]);
    expect(await db.query("SELECT first_name FROM contact WHERE contact_id = $1", [second])).toEqual([
      { firstName: "Second" },
    ]);
    expect(await holder("device", await deviceIdOf(restarted))).toBe(second);
    await restarted.close();
  });

  test("after a logout the phone is a new device: what follows is nobody's until somebody logs in, its push token goes along", async () => {
    const device = phone().open();
    void device.setPushToken("token-logout");
    void device.identify({ externalId: "leaving-1" });
    void device.track("before");
    await device.flush();
    const before = await deviceIdOf(device);
    void device.logout();
    void device.track("after");
    await device.flush();

    const after = await deviceIdOf(device);
    expect(after).not.toBe(before);
    expect(await namesOf(await holder("external", "leaving-1"))).toEqual(["before"]);
    const nobody = await holder("device", after);
    expect(await namesOf(nobody)).toEqual(["after"]);
    expect(
      await world.db.query(
        "SELECT contact_id FROM channel WHERE type = 'mobilepush' AND value = 'token-logout' AND current",
      ),
    ).toEqual([{ contactId: nobody }]);
    void device.logout();
    expect(await deviceIdOf(device)).toBe(after);
    await device.close();
  });

  test("several accounts: each is a device of its own under the first id, and all keep the push token", async () => {
    const device = phone({ accounts: "several" }).open();
    void device.setPushToken("token-shared");
    await device.flush();
    const base = await deviceIdOf(device);
    for (const externalId of ["parent-1", "child-1"]) {
      void device.identify({ externalId });
      void device.track(`by ${externalId}`);
      await device.flush();
      expect(await deviceIdOf(device)).toBe(`${base}:${externalId}`);
      expect(await namesOf(await holder("external", externalId))).toEqual([`by ${externalId}`]);
    }
    void device.logout();
    expect(await deviceIdOf(device)).toBe(base);
    const tokens = await world.db.query(
      "SELECT DISTINCT contact_id FROM channel WHERE type = 'mobilepush' AND value = 'token-shared' AND current",
    );
    expect(tokens).toHaveLength(3);
    await device.close();
  });
});

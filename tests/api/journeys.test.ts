import { beforeAll, describe, expect, test } from "vitest";
import { checkInvariants } from "../identity/invariants.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";
import { eventually } from "../support/eventually.ts";

// The journeys of docs/matching.md, as back ends and apps say them on the wire. The fourth is tests/e2e/backstory.test.ts.

let api: ContactApi;
let appKey: string;
beforeAll(async () => {
  api = await contactApi();
  appKey = await api.key("mobile");
});

interface Shown {
  readonly id: number;
  readonly externalCustomerId?: string;
  readonly firstName?: string;
  readonly channels?: readonly { readonly type: string; readonly value: string }[];
}

async function app(path: string, body: object): Promise<void> {
  const headers = { authorization: "", "x-reteno-access-key": appKey };
  const answer = await api.call("POST", `/api/v1/${path}`, { body, headers });
  expect([answer.status, answer.json()]).toEqual([200, {}]);
}
const events = (deviceId: string, ...names: string[]) =>
  app("events", {
    deviceId,
    events: names.map((eventTypeKey, n) => ({
      eventTypeKey,
      occurred: new Date(Date.now() - 1_000 + n).toISOString(),
      params: [{ name: "sku", value: "monstera" }],
    })),
  });

async function show(id: number): Promise<Shown> {
  const answer = await api.call("GET", `/api/v1/contact/${id}`);
  expect(answer.status).toBe(200);
  return answer.json() as Shown;
}
async function find(externalCustomerId: string): Promise<Shown[]> {
  return (await api.call("GET", `/api/v1/contacts?externalCustomerId=${externalCustomerId}`)).json() as Shown[];
}
async function everybody(): Promise<readonly Shown[]> {
  return (await api.call("GET", "/api/v1/contacts")).json() as Shown[];
}
/** The one contact that was not there before. */
async function newcomer(before: readonly Shown[]): Promise<Shown> {
  const fresh = (await everybody()).filter(({ id }) => before.every((known) => known.id !== id));
  expect(fresh).toHaveLength(1);
  return fresh[0] ?? { id: 0 };
}
/** Under whom the events of a device are, oldest first. */
async function history(contactId: number): Promise<string[]> {
  const rows = await api.db.query<{ name: string }>(
    `SELECT event.name FROM binding JOIN event USING (source_kind, source_id)
     WHERE contact_id = $1 ORDER BY event_id`,
    [contactId],
  );
  return rows.map(({ name }) => name);
}
const channelsOf = ({ channels = [] }: Shown) => channels.map(({ type, value }) => `${type} ${value}`).toSorted();

describe("journey 1, the app first:", () => {
  test("the contact of the first open becomes the person who signs up, with push token and events", async () => {
    const before = await everybody();
    await app("device", { deviceId: "phone-1", pushToken: "token-1", osType: "ANDROID", languageCode: "uk" });
    const anonymous = await newcomer(before);
    expect(channelsOf(anonymous)).toEqual(["mobilepush token-1"]);
    expect(anonymous.externalCustomerId).toBeUndefined();
    await events("phone-1", "ApplicationOpened", "productViewed");

    const names = { externalUserId: "J1", email: "j1@shop.example", phone: "380942583701" };
    await app("device", { deviceId: "phone-1", pushToken: "token-1", ...names });
    await app("user", { deviceId: "phone-1", externalUserId: "J1", userAttributes: { firstName: "Ada" } });

    expect(await find("J1")).toMatchObject([{ id: anonymous.id, externalCustomerId: "J1", firstName: "Ada" }]);
    expect(channelsOf(await show(anonymous.id))).toEqual([
      "email j1@shop.example",
      "mobilepush token-1",
      "sms 380942583701",
    ]);
    expect(await history(anonymous.id)).toEqual(["ApplicationOpened", "productViewed"]);
    expect((await everybody()).length).toBe(before.length + 1);
    expect(await checkInvariants(api.db)).toEqual([]);
  });
});

/** Opens the app as nobody, looks around, logs in: everything is the known person's, and the anonymous contact leads there. */
async function openAndLogIn({ deviceId, externalId }: { readonly deviceId: string; readonly externalId: string }) {
  const before = await everybody();
  await app("device", { deviceId, pushToken: `token of ${deviceId}` });
  const anonymous = await newcomer(before);
  await events(deviceId, "productViewed");
  await app("device", { deviceId, externalUserId: externalId, pushToken: `token of ${deviceId}` });
  await events(deviceId, "orderCreated");
  return anonymous.id;
}

async function expectOnePerson(known: Shown, anonymousId: number, deviceId: string): Promise<void> {
  expect(anonymousId).not.toBe(known.id);
  const [person, ...others] = await find(String(known.externalCustomerId));
  expect(others).toEqual([]);
  expect(person?.id).toBe(known.id);
  expect(channelsOf(person ?? { id: 0 })).toEqual([...channelsOf(known), `mobilepush token of ${deviceId}`].toSorted());
  expect(await history(known.id)).toEqual(["productViewed", "orderCreated"]);
  // The anonymous contact redirects, and is in no list.
  expect(await show(anonymousId)).toEqual(person);
  expect((await everybody()).map(({ id }) => id)).not.toContain(anonymousId);
  const put = await api.call("PUT", `/api/v1/contact/${anonymousId}`, { body: { firstName: "By the old id" } });
  expect([put.status, put.text]).toEqual([200, `Contact with id='${anonymousId}' has been updated`]);
  expect(await show(known.id)).toMatchObject({ firstName: "By the old id" });
  expect(await checkInvariants(api.db)).toEqual([]);
}

describe("journey 2, a list first:", () => {
  test("an uploaded customer opens the app and logs in: one contact with push token and events", async () => {
    const contacts = [
      { externalCustomerId: "J2", firstName: "Ben", channels: [{ type: "email", value: "j2@shop.example" }] },
      { externalCustomerId: "J2-other" },
    ];
    const answer = await api.call("POST", "/api/v1/contacts", { body: { dedupeOn: "externalCustomerId", contacts } });
    const { asyncSessionId } = answer.json() as { asyncSessionId: string };
    await eventually(async () => {
      const status = (await api.call("GET", `/api/v1/importstatus/${asyncSessionId}`)).json();
      expect(status).toMatchObject({ status: "FINISHED", created: 2 });
    });
    const [known = { id: 0 }] = await find("J2");
    expect(channelsOf(known)).toEqual(["email j2@shop.example"]);

    const anonymousId = await openAndLogIn({ deviceId: "phone-2", externalId: "J2" });
    await expectOnePerson(known, anonymousId, "phone-2");
  });
});

describe("journey 3, the web first:", () => {
  test("a customer who signed up on the web opens the app and logs in: one contact with push token and events", async () => {
    const channels = [
      { type: "email", value: "j3@shop.example" },
      { type: "sms", value: "380942583703" },
    ];
    const body = { externalCustomerId: "J3", firstName: "Cay", channels };
    const answer = await api.call("POST", "/api/v1/contact", { body });
    const known = await show((answer.json() as { id: number }).id);
    expect(answer.json()).toEqual({ id: known.id });

    const anonymousId = await openAndLogIn({ deviceId: "phone-3", externalId: "J3" });
    await expectOnePerson(known, anonymousId, "phone-3");
  });
});

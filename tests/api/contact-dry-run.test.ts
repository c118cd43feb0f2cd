import { beforeAll, expect, test } from "vitest";
import type { ContactForecast } from "../../src/contract/contacts.ts";
import type { ContactExplanation } from "../../src/contract/explanation.ts";
import { contactApi, type ContactApi } from "../support/contact-api.ts";

let api: ContactApi;
beforeAll(async () => {
  api = await contactApi();
});

const email = (value: string) => ({ channels: [{ type: "email", value }] });

async function upsert(body: object, query = ""): Promise<{ id: number }> {
  const answer = await api.call("POST", `/api/v1/contact${query}`, { body });
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as { id: number };
}

const foresee = async (body: object) => (await upsert(body, "?dry_run=1")) as unknown as ContactForecast;

/** Every row of every table, but for when a key was last used. */
async function everything(): Promise<string> {
  const tables = await api.db.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'api_key' ORDER BY 1",
  );
  const rows = await Promise.all(
    tables.map(async ({ name }) => [name, await api.db.query(`SELECT t::text AS row FROM "${name}" t ORDER BY 1`)]),
  );
  return JSON.stringify(rows);
}

test("a dry run tells whom an upsert would meet, merge and change, and no table has another row after it", async () => {
  const ann = await upsert({ externalCustomerId: "dry-1", firstName: "Ann" });
  const newsletter = await upsert(email("dry@shop.example"));
  const before = await everything();
  const wanted = {
    externalCustomerId: "dry-1",
    firstName: "Anna",
    ...email("dry@shop.example"),
    visitorId: "visitor-dry",
  };
  const forecast = await foresee(wanted);
  expect(forecast).toMatchObject({
    dryRun: true,
    id: ann.id,
    created: false,
    changed: true,
    matchedBy: "externalCustomerId",
    merged: [newsletter.id],
    fields: [{ name: "firstName", from: "Ann", to: "Anna" }],
    identifiers: [{ kind: "email", value: "dry@shop.example", from: newsletter.id, to: ann.id }],
    sources: [{ kind: "visitor", id: "visitor-dry", contact: ann.id, since: null }],
  });
  expect(await everything()).toBe(before);
  expect(await upsert(wanted)).toMatchObject({ id: ann.id, merged: [newsletter.id] });
  expect(await foresee(wanted)).toMatchObject({ changed: false, fields: [], identifiers: [], sources: [] });
});

test("a dry run of somebody new names no id; dryRun in the body means the same", async () => {
  const before = await everything();
  const wanted = { externalCustomerId: "dry-new", ...email("new@shop.example"), town: "Lviv" };
  for (const forecast of [await foresee(wanted), await upsert({ ...wanted, dryRun: true })])
    expect(forecast).toMatchObject({ dryRun: true, created: true, changed: true });
  expect(await foresee(wanted)).not.toHaveProperty("id");
  expect(await everything()).toBe(before);
});

test("a dry run refuses what the real call would refuse", async () => {
  const { id } = await upsert({ externalCustomerId: "dry-fixed" });
  const body = { id, externalCustomerId: "dry-other" };
  const [dry, real] = [
    await api.call("POST", "/api/v1/contact?dry_run=1", { body }),
    await api.call("POST", "/api/v1/contact", { body }),
  ];
  expect([dry.status, dry.text]).toEqual([409, real.text]);
  expect((await api.call("PUT", "/api/v1/contact/999999?dry_run=1", { body: {} })).status).toBe(404);
});

test("a dry run of an update by id, and of a sign-up, changes nothing and sends no mail", async () => {
  const { id } = await upsert({ externalCustomerId: "dry-put", firstName: "Ann" });
  const before = await everything();
  const put = await api.call("PUT", `/api/v1/contact/${id}?dry_run=true`, { body: { firstName: "Bea" } });
  expect(put.json()).toMatchObject({ dryRun: true, id, fields: [{ name: "firstName", from: "Ann", to: "Bea" }] });
  const signUp = { contact: email("dry-signup@shop.example"), groups: ["News"] };
  const subscribed = await api.call("POST", "/api/v1/contact/subscribe?dry_run=1", { body: signUp });
  expect(subscribed.json()).toMatchObject({ created: true, channels: [{ contact: "new", status: "unconfirmed" }] });
  expect(await everything()).toBe(before);
});

test("a dry run does not use an Idempotency-Key up", async () => {
  const headers = { "idempotency-key": "dry-then-real" };
  const body = { externalCustomerId: "dry-key" };
  const dry = await api.call("POST", "/api/v1/contact?dry_run=1", { body, headers });
  expect(dry.json()).toMatchObject({ created: true });
  const real = await api.call("POST", "/api/v1/contact", { body, headers });
  expect(real.json()).toEqual({ id: expect.any(Number) as number });
});

test("a dry run that cannot be understood, or that a call does not have, is refused instead of carried out", async () => {
  const { id } = await upsert({ externalCustomerId: "dry-safe" });
  const before = await everything();
  const asked = [
    await api.call("POST", "/api/v1/contact?dry_run=yes", { body: { externalCustomerId: "dry-yes" } }),
    await api.call("POST", "/api/v1/contact", { body: { externalCustomerId: "dry-yes", dryRun: "maybe" } }),
    await api.call("DELETE", `/api/v1/contact/${id}?dry_run=1`),
    await api.call("POST", "/api/v1/contacts?dry_run=1", { body: { contacts: [], dedupeOn: "email" } }),
  ];
  expect(asked.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  expect(await everything()).toBe(before);
});

test("whoever may read contacts may ask why one is what it is, also by the id of one that was merged", async () => {
  const ann = await upsert({ externalCustomerId: "why-1" });
  const newsletter = await upsert(email("why@shop.example"));
  await upsert({ externalCustomerId: "why-1", ...email("why@shop.example"), visitorId: "visitor-why" });
  const read = await api.key("contacts:read");
  const answer = await api.call("GET", `/api/v1/contact/${newsletter.id}/explanation`, {
    headers: { authorization: `Bearer ${read}` },
  });
  const { id, steps } = answer.json() as ContactExplanation;
  expect(id).toBe(ann.id);
  expect(steps).toMatchObject([
    { action: "create", actor: { kind: "key", name: "test" } },
    { action: "update-identifier", identifierKind: "external" },
    { action: "create" },
    { action: "update-identifier", identifierKind: "email" },
    { action: "merge", otherContact: newsletter.id, reason: "same email", matchedBy: "externalCustomerId" },
    { action: "update-identifier", identifierKind: "email" },
    { action: "bind", source: { kind: "visitor", id: "visitor-why" }, reason: "server" },
  ]);
  expect(new Set(steps.slice(4).map(({ requestId }) => requestId)).size).toBe(1);
  expect(answer.text).not.toContain("why@shop.example");
  const write = await api.key("contacts:write");
  const refused = await api.call("GET", `/api/v1/contact/${ann.id}/explanation`, {
    headers: { authorization: `Bearer ${write}` },
  });
  expect(refused.status).toBe(403);
  expect((await api.call("GET", "/api/v1/contact/999999/explanation")).status).toBe(404);
});

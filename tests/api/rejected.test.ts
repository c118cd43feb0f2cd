import { beforeAll, beforeEach, expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { adminWorld, type AdminBrowser, type AdminWorld } from "../support/admin-world.ts";

let world: AdminWorld;
let developer: AdminBrowser;
let siteKey: string;
beforeAll(async () => {
  world = await adminWorld();
  developer = await world.as("developer");
  const made = await developer.call("POST", "/sites", { body: { name: "Shop" } });
  siteKey = (made.json() as { key: string }).key;
});
beforeEach(() => world.db.query("TRUNCATE event, identity_message, rejected"));

const wrong = (fields: Readonly<Record<string, unknown>> = {}) => ({
  type: "track",
  id: uuidv7(world.now()),
  visitorId: "visitor-1",
  at: world.now() - 60_000,
  name: "",
  ...fields,
});

async function send(messages: readonly unknown[]): Promise<void> {
  const body = { site: siteKey, sentAt: world.now(), context: { language: "uk" }, messages };
  const answer = await world.raw("POST", "/v1/messages", { body, headers: { "content-type": "text/plain" } });
  expect(answer.status).toBe(200);
}

interface Listed {
  readonly rejected: readonly { readonly id: number; readonly code: string; readonly message: string }[];
  readonly counts: readonly { readonly code: string; readonly count: number }[];
  readonly next: number | null;
}
const listed = async (search = ""): Promise<Listed> =>
  (await developer.call("GET", `/rejected${search}`)).json() as Listed;
const replay = (id: number, message?: unknown) =>
  developer.call("POST", `/rejected/${id}/replay`, { body: message === undefined ? {} : { message } });
const events = () =>
  world.db.query("SELECT event_id, name, occurred_at, context->>'language' AS language FROM event ORDER BY event_id");

test("a rejected message is shown with its reason, repaired, and stored as if it had come right", async () => {
  const message = wrong();
  await send([message, wrong({ type: "dance" })]);
  const page = await listed();
  expect(page.counts).toEqual(expect.arrayContaining([{ code: "unknown_type", count: 1 }]));
  const found = page.rejected.find(({ code }) => code !== "unknown_type");
  expect((await listed(`?code=${found?.code}`)).rejected).toEqual([found]);
  expect(JSON.parse(found?.message ?? "")).toEqual(message);
  const answer = await replay(found?.id ?? 0, { ...message, name: "order" });
  expect(answer.status).toBe(204);
  expect(await events()).toEqual([{ eventId: message.id, name: "order", occurredAt: message.at, language: "uk" }]);
  expect((await listed()).rejected.map(({ code }) => code)).toEqual(["unknown_type"]);
});

test("a message that is still wrong stays, and the answer says what is wrong now", async () => {
  const message = wrong();
  await send([message]);
  const [found] = (await listed()).rejected;
  const answer = await replay(found?.id ?? 0, { ...message, name: "order", visitorId: "!" });
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ code: "invalid_visitor_id" });
  expect((await listed()).rejected).toHaveLength(1);
  expect(await events()).toEqual([]);
});

test("a message that is replayed twice at once is stored once, and the second is told that it is gone", async () => {
  const message = wrong();
  await send([message]);
  const [found] = (await listed()).rejected;
  const repaired = { ...message, name: "order" };
  const answers = await Promise.all([1, 2, 3].map(() => replay(found?.id ?? 0, repaired)));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
  expect(await events()).toHaveLength(1);
});

test("a thousand repaired messages are a thousand events, once each, page by page", async () => {
  const messages = Array.from({ length: 1_000 }, () => wrong());
  await send(messages.slice(0, 500));
  await send(messages.slice(500));
  for (let page = await listed(); page.rejected.length > 0; page = await listed()) {
    const answers = await Promise.all(
      page.rejected.map(({ id, message }) => replay(id, { ...(JSON.parse(message) as object), name: "order" })),
    );
    // On a slow database not all of a page find a connection in time; they stay in the list.
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(204);
    expect(statuses.filter((status) => status !== 204 && status !== 503)).toEqual([]);
  }
  expect(await events()).toHaveLength(1_000);
});

test("what a browser said about a person and was refused later goes back to the inbox when it is replayed", async () => {
  const message = {
    type: "identify",
    id: uuidv7(world.now()),
    visitorId: "visitor-1",
    at: world.now(),
    email: "a@b.example",
  };
  await send([message]);
  // As the inbox ends a message that it cannot carry out.
  await world.db.query(
    `WITH ended AS (UPDATE identity_message SET carried_out_at = now(), payload = NULL, origin = NULL, error = 'failed'
       RETURNING site_id)
     INSERT INTO rejected (site_id, received_at, code, reason, message)
     SELECT site_id, now(), 'failed', 'It could not be carried out.', $1 FROM ended`,
    [JSON.stringify(message)],
  );
  const [found] = (await listed()).rejected;
  expect((await replay(found?.id ?? 0)).status).toBe(204);
  expect(
    await world.db.query("SELECT carried_out_at, error, payload->>'email' AS email FROM identity_message"),
  ).toEqual([{ carriedOutAt: null, error: null, email: "a@b.example" }]);
});

test("a message can be dismissed, and only by those who may change sites", async () => {
  await send([wrong()]);
  const [found] = (await listed()).rejected;
  const viewer = await world.as("viewer");
  expect((await viewer.call("GET", "/rejected")).status).toBe(200);
  expect((await viewer.call("DELETE", `/rejected/${found?.id}`)).status).toBe(403);
  expect((await viewer.call("POST", `/rejected/${found?.id}/replay`, { body: {} })).status).toBe(403);
  expect((await developer.call("DELETE", `/rejected/${found?.id}`)).status).toBe(204);
  expect((await listed()).rejected).toEqual([]);
});

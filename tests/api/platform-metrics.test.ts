import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import type { Services } from "../../src/server/services.ts";
import { ensureFirstSite } from "../../src/server/sites/index.ts";
import { testDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

const TOKEN = "a token for the tests of metrics";
let services: Services;
let app: FastifyInstance;
let url: string;
let siteKey: string;
beforeAll(async () => {
  services = testServices({ db: await testDatabase() });
  ({ siteKey } = await ensureFirstSite(services.sites, { siteKey: undefined, url: undefined }));
  app = createApp(services, { metricsToken: TOKEN });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await app.close();
  await services.close();
});

const read = async (authorization?: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } });
  return { status: answer.status, text: await answer.text() };
};
const post = (site: string, messages: readonly object[]): Promise<Response> =>
  fetch(`${url}/v1/messages`, { method: "POST", body: JSON.stringify({ site, sentAt: Date.now(), messages }) });

test("accepted, rejected and refused messages, commits and what waits are counted, without a word about anybody", async () => {
  const visitorId = "V1StGXR8_Z5jdHi6B-myT";
  const page = () => ({
    id: uuidv7(Date.now()),
    type: "page",
    visitorId,
    at: Date.now(),
    url: "https://shop.example/secret-page",
  });
  expect((await post(siteKey, [page(), page(), { ...page(), type: "nonsense" }])).status).toBe(200);
  expect((await post("no-such-site", [page()])).status).toBe(401);
  const { status, text } = await read(`Bearer ${TOKEN}`);
  expect(status).toBe(200);
  expect(text).toContain('backstory_messages_total{verdict="accepted"} 2');
  expect(text).toMatch(/backstory_messages_total\{verdict="(?!accepted)\w+"\} 1/);
  expect(text).toContain('backstory_batches_refused_total{status="401"} 1');
  expect(text).toMatch(/backstory_commit_seconds_count [1-9]/);
  expect(text).toMatch(/backstory_rows_total [1-9]/);
  expect(text).toContain('backstory_waiting{queue="mail"} 0');
  expect(text).toContain('backstory_waiting_oldest_seconds{queue="people"} 0');
  expect(text).toContain('backstory_database_connections{state="waiting"} 0');
  expect(text).not.toMatch(/secret-page|V1StGXR8|shop\.example/);
  // Not a counter that one may not have by Prometheus' own rules.
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(#|$|[a-z_0-9]+(\{[^}]*\})? \S+$)/);
});

test("metrics are told to the bearer of the token alone, and not at all where there is none", async () => {
  expect((await read()).status).toBe(401);
  expect((await read("Bearer nonsense")).status).toBe(401);
  const closed = createApp(services);
  expect((await closed.inject("/metrics")).statusCode).toBe(404);
  await closed.close();
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Compile } from "typebox/compile";
import { OPERATIONS } from "../../src/server/api-operations.ts";
import { createApp } from "../../src/server/app.ts";
import { testDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

test("the document in docs/ is the one that the server gives; `npm run openapi` writes it", async () => {
  const db = await testDatabase();
  const services = testServices({ db });
  const app = createApp(services);
  const kept: unknown = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
  const given = await app.inject({ url: "/api/openapi.json" });
  expect(given.json()).toEqual(kept);
  const page = await app.inject({ url: "/api/docs" });
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(page.body).not.toMatch(/<script|https?:\/\/(?!backstory\.example)/);
  await app.close();
  await services.close();
});

test("every address that takes a key is described, and nothing else", async () => {
  const db = await testDatabase();
  const services = testServices({ db });
  const app = createApp(services);
  const mounted = new Set<string>();
  app.addHook("onRoute", ({ url }) => {
    if (/^\/api\/v\d\/\w/.test(url)) mounted.add(url.replace(/\/$/, "").replaceAll(/:(\w+)/g, "{$1}"));
  });
  await app.ready();
  expect([...mounted].sort()).toEqual([...new Set(OPERATIONS.map(({ path }) => `/api${path}`))].sort());
  await app.close();
  await services.close();
});

test("every example passes the schema that checks real calls", () => {
  for (const { method, path, body, example, answer, answerExample } of OPERATIONS) {
    if (body !== undefined) expect([path, method, Compile(body).Check(example)]).toEqual([path, method, true]);
    if (answer !== undefined)
      expect([path, method, Compile(answer).Check(answerExample)]).toEqual([path, method, true]);
  }
});

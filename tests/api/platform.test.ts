import { expect, test } from "vitest";
import { createApp } from "../../src/server/app.ts";
import { testDatabase } from "../support/postgres.ts";
import { testServices } from "../support/services.ts";

test("an address that does not exist is answered with a problem that says so", async () => {
  const app = createApp(testServices({ db: await testDatabase() }));
  const answer = await app.inject({ url: "/nowhere?secret=1" });
  expect(answer.statusCode).toBe(404);
  expect(answer.headers["content-type"]).toContain("application/problem+json");
  expect(answer.json()).toMatchObject({ status: 404, code: "not_found", detail: "There is nothing at /nowhere." });
  await app.close();
});

test("two test databases do not see each other", async () => {
  const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
  await one.query("INSERT INTO site (site_key, name) VALUES ('abcd', 'One')");
  expect(await one.query("SELECT name FROM site")).toEqual([{ name: "One" }]);
  expect(await other.query("SELECT name FROM site")).toEqual([]);
});

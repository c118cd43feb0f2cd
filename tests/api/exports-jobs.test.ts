import { expect, test } from "vitest";
import type { ExportDetail } from "../../src/contract/exports.ts";
import { eventually } from "../support/eventually.ts";
import { EXPORT_SECRET_KEY, exportWorld } from "../support/export-world.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server-process.ts";

// The built server with its queue of jobs.

test("an export that somebody asks for is run by the server itself", async () => {
  const db = await testDatabase();
  const world = await exportWorld(db);
  const exportId = await world.exports.create(world.order({ tables: ["contacts"] }));
  // So that the timetable does not come first.
  await world.exports.change(exportId, { paused: true });
  await db.query("INSERT INTO contact (contact_source, created_at, updated_at) VALUES ('API', now(), now())");
  const settings = { SECRET_KEY: EXPORT_SECRET_KEY, EXPORT_TO_PRIVATE_NETWORK: "yes", DEMO_PORT: "" };
  const server = await startServer({ DATABASE_URL: db.url, ...settings });
  try {
    const headers = { "content-type": "application/json", origin: server.url };
    const post = (path: string, body: object, cookie = "") =>
      fetch(`${server.url}/admin/api${path}`, {
        method: "POST",
        headers: { ...headers, cookie },
        body: JSON.stringify(body),
      });
    const session = await post("/session", { login: "admin", password: server.adminPassword });
    const cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const asked = await post(`/exports/${exportId}/run`, { allAgain: false }, cookie);
    expect(asked.ok).toBe(true);
    await eventually(async () => {
      const answer = await fetch(`${server.url}/admin/api/exports/${exportId}`, { headers: { cookie } });
      const { runs } = (await answer.json()) as ExportDetail;
      expect(runs).toMatchObject([{ state: "finished", reason: "asked", error: null, tables: [{ written: 1 }] }]);
    }, 60_000);
    expect(await world.rows("contacts")).toHaveLength(1);
  } finally {
    await server.stop();
  }
});

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSegment } from "../../src/server/segments/index.ts";
import { eventually } from "../support/eventually.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";

// A question that the database cannot answer soon is given up, so that it keeps no connection from the others.

let db: TestDatabase;
let server: ServerProcess;
beforeAll(async () => {
  db = await testDatabase();
  server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "" });
});
afterAll(() => server.stop());

const ask = (path: string): Promise<Response> =>
  fetch(server.url + path, { headers: { authorization: `Bearer ${server.apiKey}` } });

test("T18: a search and a segment that take too long are answered while they still would, and work when there is room", async () => {
  const asks = { kind: "field", field: "externalCustomerId", operator: "empty" } as const;
  const made = await createSegment(
    { db, clock: Date.now },
    { name: "Nobody's", condition: { kind: "all", of: [asks] } },
  );
  if (made.kind !== "saved") throw new Error("The segment was not made.");
  const paths = ["/api/v1/contacts?email=ann%40shop.example", `/api/v1/group/${made.id}/contacts`];
  const holder = new pg.Client(db.connection);
  await holder.connect();
  await holder.query("BEGIN; LOCK TABLE contact IN ACCESS EXCLUSIVE MODE");

  const answers = await Promise.all(paths.map(ask));
  for (const answer of answers) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  }
  // Nothing of ours waits there any more.
  await eventually(async () => {
    const waiting = await db.query(
      "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    expect(waiting).toEqual([]);
  });
  // What asks nothing about contacts is served all the time.
  expect((await ask("/readyz")).status).toBe(200);

  await holder.query("ROLLBACK");
  await holder.end();
  for (const path of paths) expect((await ask(path)).status).toBe(200);
});

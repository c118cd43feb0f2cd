import pg from "pg";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server-process.ts";
import { acknowledged, sendTraffic } from "../support/traffic.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";

const QUIET = { DEMO_PORT: "", RATE_LIMIT: "0" };

async function asked<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const stored = async (url: string, ids: readonly string[]): Promise<number> =>
  (await asked(url, "SELECT 1 FROM event WHERE event_id = ANY ($1)", [ids])).length;

test("workers share the port, lose nothing when they are told to stop, and jobs are scheduled once", async () => {
  const { url } = await emptyDatabase();
  const server = await startServer({ ...QUIET, DATABASE_URL: url, WORKERS: "2" });
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 8 });
  await acknowledged(ledger, 60);
  const [schedules] = await asked<{ schedules: string; names: string }>(
    url,
    "SELECT count(*) AS schedules, count(DISTINCT name) AS names FROM jobs.schedule",
  );
  expect(schedules?.schedules).toBe(schedules?.names);
  expect(await server.signal("SIGTERM")).toBe(0);
  await ledger.stop();
  const ids = ledger.batches.filter((batch) => batch.acknowledged).flatMap((batch) => batch.ids);
  expect(await stored(url, ids)).toBe(ids.length);
});

test("a job that is due is carried out once, however many processes and workers there are", async () => {
  const { url } = await emptyDatabase();
  const shared = { ...QUIET, DATABASE_URL: url, SECRET_KEY: "a secret of at least thirty-two characters" };
  const servers = [await startServer({ ...shared, WORKERS: "2" }), await startServer(shared)];
  // Written down by the database whenever somebody takes a job.
  await asked(url, "CREATE TABLE taken (job uuid NOT NULL)");
  await asked(
    url,
    `CREATE FUNCTION note_taken() RETURNS trigger LANGUAGE plpgsql AS
     'BEGIN INSERT INTO taken VALUES (new.id); RETURN NULL; END'`,
  );
  await asked(
    url,
    `CREATE TRIGGER note_taken AFTER UPDATE ON jobs.job FOR EACH ROW
     WHEN (new.state = 'active' AND old.state <> 'active') EXECUTE FUNCTION note_taken()`,
  );
  const due = await asked<{ id: string }>(
    url,
    "INSERT INTO jobs.job (name) SELECT name FROM jobs.schedule WHERE cron LIKE '% 3 * * *' RETURNING id",
  );
  expect(due.length).toBeGreaterThan(3);
  const ids = due.map(({ id }) => id);
  const left = () => asked(url, "SELECT FROM jobs.job WHERE id = ANY ($1) AND state <> 'completed'", [ids]);
  await eventually(async () => expect(await left()).toEqual([]));
  const taken = await asked<{ job: string }>(url, "SELECT job FROM taken WHERE job = ANY ($1)", [ids]);
  expect(taken.map(({ job }) => job).sort()).toEqual([...ids].sort());
  for (const server of servers) expect(await server.signal("SIGTERM")).toBe(0);
});

test("a collector only takes messages, and another process carries out what they say about people", async () => {
  const { url } = await emptyDatabase();
  const shared = { ...QUIET, DATABASE_URL: url, SECRET_KEY: "a secret of at least thirty-two characters" };
  const jobs = await startServer({ ...shared, ROLE: "jobs" });
  const collector = await startServer({ ...shared, ROLE: "collect" });
  expect((await fetch(`${jobs.url}/v1/messages`, { method: "POST", body: "{}" })).status).toBe(404);
  expect((await fetch(`${collector.url}/api/v1/version`)).status).toBe(404);
  const at = Date.now();
  const message = { type: "identify", id: uuidv7(at), visitorId: "visitor-1", at, email: "ann@shop.example" };
  const body = JSON.stringify({ site: collector.siteKey, sentAt: at, messages: [message] });
  expect((await fetch(`${collector.url}/v1/messages`, { method: "POST", body })).status).toBe(200);
  await eventually(async () => expect(await asked(url, "SELECT 1 FROM contact")).toHaveLength(1));
  expect(await collector.signal("SIGTERM")).toBe(0);
  expect(await jobs.signal("SIGTERM")).toBe(0);
});

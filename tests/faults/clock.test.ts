import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeSteppedClock, whyNoFakeTime, type SteppedClock } from "../support/fake-time.ts";
import { eventually } from "../support/eventually.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";
import { expectStoredIn } from "../support/stored.ts";
import { acknowledged, newBatch, sendBatch, sendTraffic, type SentBatch } from "../support/traffic.ts";

// P17: somebody sets the server's clock while it runs, days ahead and days back. The database and the clients go by
// their own.

const DAY = 86_400_000;
const LONG_AHEAD = 45 * DAY;
const BACK = -3 * DAY;
/** Batches a second that one address may send. */
const LIMIT = 3;

const why = whyNoFakeTime();
let db: TestDatabase;
let clock: SteppedClock;
let server: ServerProcess;

beforeAll(async () => {
  if (why !== undefined) return void console.log(`skipped: ${why}`);
  [db, clock] = await Promise.all([emptyDatabase(), makeSteppedClock()]);
});
afterAll(() => clock?.remove());
beforeEach((context) => {
  if (why !== undefined) context.skip(why);
});

async function startOnStepped(environment: Record<string, string>): Promise<void> {
  await clock.step(0);
  server = await startServer({ DATABASE_URL: db.url, DEMO_PORT: "", ...environment, ...clock.environment });
}

test("P17: events are stored once while the server's clock is set ahead and back, dated by it within the bounds", async () => {
  await startOnStepped({ RATE_LIMIT: "0" });
  const ledger = sendTraffic({ url: server.url, siteKey: server.siteKey, clients: 4 });
  for (const step of [0, LONG_AHEAD, BACK, LONG_AHEAD, 0]) {
    await clock.step(step);
    const batch = newBatch();
    const before = Date.now();
    expect(await sendBatch(server, batch)).toBe(200);
    const times = await receiptOf(batch);
    expect(times.first).toBeGreaterThanOrEqual(before + step - 1);
    expect(times.last).toBeLessThanOrEqual(Date.now() + step + 1);
    await acknowledged(ledger, ledger.batches.filter((one) => one.acknowledged).length + 30);
  }
  await ledger.stop();
  expect([...ledger.statuses.keys()]).toEqual([200]);
  const outside = await db.query(
    `SELECT FROM event WHERE occurred_at NOT BETWEEN received_at - interval '1 day' AND received_at + interval '5 minutes'`,
  );
  expect(outside).toEqual([]);
  await expectStoredIn("clock set +45 d, -3 d, +45 d, back", db.pool, [ledger]);
  await server.stop();
});

async function receiptOf({ ids }: SentBatch) {
  const [row] = await db.query<{ first: number; last: number }>(
    "SELECT min(received_at) AS first, max(received_at) AS last FROM event WHERE event_id = ANY ($1)",
    [ids],
  );
  if (row === undefined) throw new Error("Nothing was stored.");
  return row;
}

test("P17: a limit does not hold longer because the clock was set back", async () => {
  await startOnStepped({ RATE_LIMIT: String(LIMIT) });
  await clock.step(LONG_AHEAD);
  const flood = await Promise.all(Array.from({ length: LIMIT * 10 + 20 }, () => sendBatch(server, newBatch())));
  expect(flood).toContain(429);
  await clock.step(BACK);
  await eventually(async () => expect(await sendBatch(server, newBatch())).toBe(200));
  await server.stop();
});

test("P17: too many tries to log in do not lock out for the length of the step", async () => {
  await startOnStepped({});
  await clock.step(LONG_AHEAD);
  for (let tries = 0; tries < 6; tries += 1) await logIn("not the password");
  expect((await logIn()).status).toBe(429);
  await clock.step(BACK);
  expect((await logIn()).status).toBe(200);
  await server.stop();
});

test("P17: a session of a time that has not come ends when the clock is set back, and another can be opened", async () => {
  await startOnStepped({});
  await clock.step(LONG_AHEAD);
  const early = cookieOf(await logIn());
  expect((await me(early)).status).toBe(200);
  await clock.step(0);
  expect((await me(early)).status).toBe(401);
  expect((await me(cookieOf(await logIn()))).status).toBe(200);
  await server.stop();
});

test("P17: what another process changed is known soon, though the clock was set back meanwhile", async () => {
  await startOnStepped({ RATE_LIMIT: "0" });
  await clock.step(LONG_AHEAD);
  const version = () =>
    fetch(`${server.url}/api/v1/version`, { headers: { authorization: `Bearer ${server.apiKey}` } });
  expect((await version()).status).toBe(200);
  expect(await sendBatch(server, newBatch())).toBe(200);
  await clock.step(BACK);
  await db.query("UPDATE api_key SET revoked_at = now()");
  await db.query("UPDATE site SET site_key = site_key || '-gone'");
  await eventually(async () => expect((await version()).status).toBe(401));
  await eventually(async () => expect(await sendBatch(server, newBatch())).toBe(401));
  await server.stop();
});

const logIn = (password = server.adminPassword) =>
  fetch(`${server.url}/admin/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
    body: JSON.stringify({ login: "admin", password }),
  });

const cookieOf = (answer: Response): string => answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";

const me = (cookie: string) =>
  fetch(`${server.url}/admin/api/session`, { headers: { cookie, "sec-fetch-site": "same-origin" } });

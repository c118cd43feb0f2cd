import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSites } from "../../src/server/sites/index.ts";
import { startDatabaseLine, OPEN, type DatabaseLine } from "../support/database-line.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { emptyDatabase, type TestDatabase } from "../support/postgres.ts";
import { freePort, startServer, type ServerProcess } from "../support/server-process.ts";
import { expectStoredIn } from "../support/stored.ts";
import { killAtWriteTo, whyNoTracing } from "../support/tracing.ts";
import { bodyOf, newBatch, sendBatch, type Receiver, type SentBatch } from "../support/traffic.ts";

// kill.test.ts kills at moments that chance picks. Here the server is held at one step of a batch's way from outside,
// by a lock, a trigger, the line to the database or a tracer, and killed exactly there.

const ROUNDS = Number(process.env["FAULT_MARKS"] ?? 1);
const GATE = 80_400;

let db: TestDatabase;
let line: DatabaseLine;
let environment: Record<string, string>;

beforeAll(async () => {
  db = await emptyDatabase();
  line = await startDatabaseLine(db.connection);
  environment = { DATABASE_URL: line.url, PORT: String(await freePort()), DEMO_PORT: "", RATE_LIMIT: "0" };
  const server = await startServer(environment);
  await server.stop();
  // A commit waits here for as long as somebody holds the gate.
  await db.query(`CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NULL; END $$`);
  await db.query(`CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()`);
});
afterAll(() => line.close());

interface Scene {
  readonly server: ServerProcess;
  readonly to: Receiver;
  /** None of it has been sent yet. */
  readonly batches: readonly SentBatch[];
}

/** What is known of the batches that were under way when the server was killed. */
type Fate = "nothing" | "all" | "each whole or not at all";

/** Sends the batches, kills the server at the mark, and resolves when nothing of it is under way any more. */
type Mark = (scene: Scene) => Promise<void>;

async function killedAt(what: string, fate: Fate, mark: Mark): Promise<void> {
  const all: SentBatch[] = [];
  let stored = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(environment);
    const before = newBatch();
    expect(await sendBatch(server, before)).toBe(200);
    const batches = [1, 2, 3, 4, 5].map(newBatch);
    await mark({ server, to: server, batches });
    line.set(OPEN);
    await leftAlone();
    const there = await storedOf(batches);
    if (fate !== "each whole or not at all") expect(there).toBe(fate === "all" ? batches.length : 0);
    stored += there;
    const next = await startServer(environment);
    // Whoever got no answer sends it again, as it was.
    for (const batch of batches) expect(await sendBatch(next, batch)).toBe(200);
    all.push(before, ...batches);
    await next.stop();
  }
  await expectStoredIn(`killed ${what}, ${ROUNDS} rounds, ${stored} batches stored before their retry`, db.pool, [
    { batches: all },
  ]);
}

/** Sessions of a killed server go on with what they were told until they notice. */
const leftAlone = () =>
  eventually(async () =>
    expect(
      await db.query(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'backstory'",
      ),
    ).toEqual([]),
  );

async function storedOf(batches: readonly SentBatch[]): Promise<number> {
  const rows = await db.query<{ id: string }>("SELECT event_id AS id FROM event WHERE event_id = ANY ($1)", [
    batches.flatMap(({ ids }) => ids),
  ]);
  const stored = new Set(rows.map(({ id }) => id));
  return batches.filter(({ ids }) => ids.every((id) => stored.has(id))).length;
}

/** Resolves when a session of the server waits for a lock of this kind. */
const waitsFor = (what: string) =>
  eventually(async () => expect(await db.query(`SELECT FROM pg_locks WHERE NOT granted AND ${what}`)).not.toEqual([]));

/** Nobody is answered; a kill must not look like a yes. */
async function killUnanswered(server: ServerProcess, sent: readonly Promise<number>[]): Promise<void> {
  await server.signal("SIGKILL");
  expect(new Set(await Promise.all(sent))).toEqual(new Set([0]));
}

test("a server that is killed while a body comes in has stored nothing of it, and the retry is taken", () =>
  killedAt("while the body comes in", "nothing", async ({ server, to, batches }) => {
    const sockets = await Promise.all(batches.map((batch) => sendHalf(to, batch)));
    // It has read what came before this question.
    expect((await fetch(`${to.url}/healthz`)).status).toBe(200);
    await server.signal("SIGKILL");
    for (const socket of sockets) socket.destroy();
  }));

async function sendHalf({ url, siteKey }: Receiver, batch: SentBatch): Promise<Socket> {
  const body = bodyOf(batch, { siteKey, visitorId: "visitor-of-half" });
  const socket = connect(Number(new URL(url).port), "localhost").on("error", () => undefined);
  await once(socket, "connect");
  const text = requestOf(body);
  await new Promise((resolve) => socket.write(text.slice(0, text.length - body.length / 2), resolve));
  return socket;
}

const requestOf = (body: string): string =>
  `POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test("a server that is killed between reading a batch and storing it has stored nothing of it", async () => {
  const sites = createSites({ db });
  await killedAt("after reading, before storing", "nothing", async ({ server, batches }) => {
    // One it has not asked for yet, so that it does so now.
    const outcome = await sites.createSite({ name: "Another" });
    if (outcome.kind !== "stored") throw new Error("The site was not made.");
    await db.transaction(async (tx) => {
      await tx.query("LOCK TABLE site IN ACCESS EXCLUSIVE MODE");
      const sent = batches.map((batch) => sendBatch({ url: server.url, siteKey: outcome.site.siteKey }, batch));
      await waitsFor("relation = 'site'::regclass");
      await killUnanswered(server, sent);
    });
  });
});

test("a server that is killed when its rows are written and not committed leaves whole batches or none", () =>
  killedAt(
    "before the commit, which goes on without it",
    "each whole or not at all",
    async ({ server, to, batches }) => {
      await atTheGate(async () => {
        const sent = batches.map((batch) => sendBatch(to, batch));
        await waitsFor(`locktype = 'advisory' AND objid = ${GATE}`);
        await killUnanswered(server, sent);
      });
    },
  ));

test("a server that is killed before its commit, and whose session ends with it, has stored nothing", () =>
  killedAt("before the commit, with its session", "nothing", async ({ server, to, batches }) => {
    await atTheGate(async () => {
      const sent = batches.map((batch) => sendBatch(to, batch));
      await waitsFor(`locktype = 'advisory' AND objid = ${GATE}`);
      await killUnanswered(server, sent);
      await db.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'backstory'`,
      );
      await leftAlone();
    });
  }));

/** While nobody's commit goes through. */
const atTheGate = (work: () => Promise<void>) =>
  db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(${GATE})`);
    await work();
  });

test("a server that is killed after the commit and before it heard of it has stored whole batches", () =>
  killedAt("after the commit, before hearing of it", "each whole or not at all", async ({ server, to, batches }) => {
    line.set({ kind: "deafAfter", text: "store_events" });
    const sent = batches.map((batch) => sendBatch(to, batch));
    await eventually(async () => expect(await storedOf(batches)).toBeGreaterThan(0));
    await killUnanswered(server, sent);
  }));

test("a server that is killed at the write of its answer has stored all of the batch", async ({ skip }) => {
  const why = whyNoTracing();
  if (why !== undefined) {
    console.log(`skipped: ${why}`);
    return skip(why);
  }
  await killedAt("at the write of the answer", "each whole or not at all", async ({ server, to, batches: [batch] }) => {
    if (batch === undefined) throw new Error("There is no batch to send.");
    const socket = connect(Number(new URL(to.url).port), "127.0.0.1").on("error", () => undefined);
    await once(socket, "connect");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    await killAtWriteTo(socket, server.pid);
    socket.write(requestOf(bodyOf(batch, { siteKey: to.siteKey, visitorId: "visitor-of-one" })));
    await once(socket, "close");
    await server.signal("SIGKILL");
    expect(answer).toBe("");
    expect(await storedOf([batch])).toBe(1);
  });
});

test("a server that is killed after an answer that got lost has stored all of it", () =>
  killedAt("after an answer that got lost", "all", async ({ server, to, batches }) => {
    const proxy = await startFaultProxy(to.url);
    proxy.set({ kind: "dropAnswer" });
    const sent = batches.map((batch) => sendBatch({ url: proxy.url, siteKey: to.siteKey }, batch));
    expect(new Set(await Promise.all(sent))).toEqual(new Set([0]));
    await server.signal("SIGKILL");
    await proxy.close();
  }));

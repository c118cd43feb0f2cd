import { expect, test } from "vitest";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { store } from "../../src/server/visitors/store.ts";
import { createGroupCommit } from "../../src/server/visitors/group-commit.ts";
import { batch, countOf, intake, page, quiet, send } from "./messages-intake.ts";

/** Each is sent three times, to two sites. A multiple of 20: every twentieth is about a person. */
const EVENTS = Number(process.env["RETRIED_EVENTS"] ?? 600);

/** The same shuffle in every run. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

test("113. batches sent several times, shuffled, cut differently and side by side have one effect", async () => {
  const { app, db, site, otherSite } = await intake();
  const address = await app.listen({ port: 0, host: "127.0.0.1" });
  const messages = Array.from({ length: EVENTS }, (_, i) =>
    i % 20 === 0
      ? { type: "reset", id: uuidv7(Date.now()), visitorId: `visitor-${i % 7}`, at: Date.now() - i }
      : page({ visitorId: `visitor-${i % 7}`, title: `Page ${i}` }),
  );
  const sends = [1, 2, 3].flatMap((seed) => {
    const order = shuffled(messages, seed);
    const size = seed * 7;
    return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
  });
  const targets = shuffled(
    sends.flatMap((part) => [
      { part, site },
      { part, site: otherSite },
    ]),
    4,
  );
  let accepted = 0;
  const sender = async (): Promise<void> => {
    for (let next = targets.pop(); next !== undefined; next = targets.pop()) {
      const answer = await fetch(`${address}/v1/messages`, { method: "POST", body: batch(next.site, next.part) });
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { accepted: number; rejected: unknown[] };
      expect(body.rejected).toEqual([]);
      accepted += body.accepted;
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  expect(accepted).toBe(EVENTS * 3 * 2);
  for (const { siteId } of [site, otherSite]) {
    const [events] = await db.query<{ rows: number; ids: number }>(
      "SELECT count(*) AS rows, count(DISTINCT event_id) AS ids FROM event WHERE site_id = $1",
      [siteId],
    );
    expect(events).toEqual({ rows: EVENTS * 0.95, ids: EVENTS * 0.95 });
    const [inbox] = await db.query<{ rows: number }>(
      "SELECT count(*) AS rows FROM identity_message WHERE site_id = $1",
      [siteId],
    );
    expect(inbox).toEqual({ rows: EVENTS * 0.05 });
    console.log(
      `${accepted} of ${EVENTS * 6} sends accepted; site ${siteId} has ${events?.rows} events, ${events?.ids} of them different, and ${inbox?.rows} messages about people`,
    );
  }
  await app.close();
});

test("an answer lost after the commit, and the batch sent again, is one event", async () => {
  const { app, db, site } = await intake();
  const body = batch(site, [page()]);
  await send(app, body);
  expect((await send(app, body)).body).toEqual({ accepted: 1, rejected: [] });
  expect(await countOf(db, "event")).toBe(1);
});

test("of two messages with one id the first stays as it is", async () => {
  const { app, db, site } = await intake();
  const message = page({ title: "first" });
  await send(app, batch(site, [message]));
  await send(app, batch(site, [{ ...message, title: "second" }]));
  expect(await db.query("SELECT title FROM event")).toEqual([{ title: "first" }]);
});

test("a message the database cannot hold is rejected alone, whoever shares its group", async () => {
  const { db, site, app } = await intake();
  // Nothing a check could know of, as after a change of the schema.
  await db.query("ALTER TABLE event ADD CONSTRAINT poison CHECK (title IS DISTINCT FROM 'poison')");
  const good = Array.from({ length: 40 }, (_, i) => batch(site, [page({ title: `good ${i}` })]));
  const bad = batch(site, [page({ title: "before" }), page({ title: "poison" }), page({ title: "after" })]);
  // Taking a group apart may take a slow database longer than one may wait for an answer: then it is sent again.
  const sent = async (body: string) => {
    let answer = await send(app, body);
    while (answer.status === 503) answer = await send(app, body);
    return answer;
  };
  const answers = await Promise.all([...good.slice(0, 20), bad, ...good.slice(20)].map(sent));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(answers[20]?.body).toEqual({
    accepted: 2,
    rejected: [{ index: 1, code: "unstorable", reason: "The database cannot hold this message." }],
  });
  expect(answers.filter(({ body }) => body["accepted"] === 1)).toHaveLength(40);
  expect(await countOf(db, "event")).toBe(42);
  expect(await db.query("SELECT DISTINCT code FROM rejected")).toEqual([{ code: "unstorable" }]);
});

test("while the database is away the answer is 503 with Retry-After, and service returns by itself", async () => {
  const { db, site, app } = await intake();
  const body = batch(site, [page()]);
  expect((await send(app, body)).status).toBe(200);
  await db.query("ALTER TABLE event RENAME TO event_away");
  const away = await send(app, batch(site, [page()]));
  expect(away).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(away.headers["retry-after"]).toBe("2");
  // Refused before its body is read, as long as there is no hope.
  expect((await send(app, "not even JSON")).status).toBe(503);
  await db.query("ALTER TABLE event_away RENAME TO event");
  await expect.poll(async () => (await send(app, body)).status, { timeout: 20_000 }).toBe(200);
  expect(await countOf(db, "event")).toBe(1);
});

test("nothing is counted as waiting once it is stored or given up", async () => {
  let failing = false;
  const groupCommit = createGroupCommit({
    store: () => (failing ? Promise.reject(new Error("away")) : Promise.resolve()),
    log: quiet,
  });
  const { app, site } = await intake({ groupCommit });
  const statuses = async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(app, batch(site, [page(), page()]))));
    return new Set(answers.map(({ status }) => status));
  };
  expect(await statuses()).toEqual(new Set([200]));
  failing = true;
  expect(await statuses()).toEqual(new Set([503]));
  expect(groupCommit).toMatchObject({ waitingRows: 0, waitingBytes: 0 });
  await groupCommit.close();
});

test("a database that never answers is given up for 503, also by those who wait behind it", async () => {
  const held: (() => void)[] = [];
  const groupCommit = createGroupCommit({ store: () => new Promise((resolve) => held.push(resolve)), log: quiet });
  const { app, site } = await intake({ groupCommit });
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(app, batch(site, [page()]))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  for (const release of held) release();
});

test("two groups with the same ids in opposite order do not end in a deadlock", async () => {
  const { db, site } = await intake();
  const envelope = { siteId: site.siteId, receivedAt: Date.now(), context: "{}" };
  const rows = Array.from({ length: 300 }, (_, index) => ({
    index,
    envelope,
    eventId: uuidv7(Date.now() + index),
    visitorId: "visitor-1",
    name: "page",
    occurredAt: Date.now(),
    url: undefined,
    title: undefined,
    referrer: undefined,
    properties: undefined,
    attachable: true,
  }));
  const orders = Array.from({ length: 12 }, (_, seed) => shuffled(rows, seed + 1));
  await Promise.all(orders.map((events) => store(db, { events, identityMessages: [], rejected: [] })));
  expect(await countOf(db, "event")).toBe(300);
});

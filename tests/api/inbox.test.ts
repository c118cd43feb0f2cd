import { expect, test } from "vitest";
import type { MessageId } from "../../src/contract/identifiers.ts";
import { timestamp } from "../../src/server/db/database.ts";
import { uuidv7 } from "../../src/server/lib/uuid.ts";
import { createInbox, type CarriedOut } from "../../src/server/visitors/inbox.ts";
import { crossOff, takeWaiting, type WaitingMessage } from "../../src/server/visitors/inbox-store.ts";
import { quiet } from "./messages-intake.ts";
import { testDatabase, type TestDatabase } from "../support/postgres.ts";

const now = Date.UTC(2026, 5, 15, 12);

interface Letter {
  readonly visitorId: string;
  readonly at?: number;
  readonly email?: string;
}

/** A database with identify messages that were acknowledged and wait. */
async function waiting(letters: readonly Letter[]): Promise<{ db: TestDatabase; ids: MessageId[] }> {
  const db = await testDatabase();
  await db.query("INSERT INTO site (site_key, name) VALUES ('shop', 'Shop')");
  const ids: MessageId[] = [];
  for (const { visitorId, at = now, email = `${visitorId}@shop.example` } of letters) {
    const id = uuidv7(at);
    ids.push(id);
    await db.query(
      `INSERT INTO identity_message (message_id, site_id, visitor_id, type, occurred_at, received_at, payload, origin)
       VALUES ($1, 1, $2, 'identify', $3, $4, $5, '{}')`,
      [id, visitorId, timestamp(at), timestamp(now), JSON.stringify({ type: "identify", id, visitorId, at, email })],
    );
  }
  return { db, ids };
}

/** Crosses off in a transaction of its own, and tells which messages had an effect, in order. */
function carryingOut(
  db: TestDatabase,
  effects: WaitingMessage[],
  before: (message: WaitingMessage) => Promise<void> | void = () => undefined,
) {
  return async (message: WaitingMessage): Promise<CarriedOut> => {
    await before(message);
    const done = await db.transaction((tx) => crossOff(tx, message, now));
    if (done) effects.push(message);
    return { kind: done ? "done" : "notNow" };
  };
}

const states = (db: TestDatabase) =>
  db.query<{ visitorId: string; done: boolean; payload: unknown; attempts: number; error: string | null }>(
    `SELECT visitor_id, carried_out_at IS NOT NULL AS done, payload, attempts, error FROM identity_message ORDER BY visitor_id, occurred_at`,
  );

test("messages of one visitor are carried out in the order of their times, and emptied", async () => {
  const { db } = await waiting([
    { visitorId: "visitor-1", at: now + 3 },
    { visitorId: "visitor-2", at: now + 2 },
    { visitorId: "visitor-1", at: now + 1 },
    { visitorId: "visitor-1", at: now + 2 },
  ]);
  const effects: WaitingMessage[] = [];
  const inbox = createInbox({ db, clock: () => now, log: quiet, carryOut: carryingOut(db, effects) });
  inbox.kick();
  await inbox.idle();
  const first = effects.filter(({ visitorId }) => visitorId === "visitor-1").map(({ occurredAt }) => occurredAt - now);
  expect(first).toEqual([1, 2, 3]);
  expect(effects).toHaveLength(4);
  for (const state of await states(db)) expect(state).toMatchObject({ done: true, payload: null, error: null });
  await inbox.close();
});

test("a message that keeps failing is kept as rejected after three attempts and holds up nobody else", async () => {
  const { db } = await waiting([
    { visitorId: "visitor-1", at: now },
    { visitorId: "visitor-1", at: now + 1 },
    ...Array.from({ length: 100 }, (_, i) => ({ visitorId: `other-${i}`, at: now + 2 + i })),
  ]);
  const effects: WaitingMessage[] = [];
  const carryOut = carryingOut(db, effects, ({ visitorId, occurredAt }) => {
    if (visitorId === "visitor-1" && occurredAt === now) throw new Error("poison");
  });
  const inbox = createInbox({ db, clock: () => now, log: quiet, carryOut });
  inbox.kick();
  await inbox.idle();
  expect(effects).toHaveLength(100);
  inbox.start();
  await expect.poll(() => effects.length, { timeout: 30_000 }).toBe(101);
  await inbox.close();
  const [poison, after] = (await states(db)).filter(({ visitorId }) => visitorId === "visitor-1");
  expect(poison).toEqual({ visitorId: "visitor-1", done: true, payload: null, attempts: 3, error: "poison" });
  expect(after).toMatchObject({ done: true, attempts: 1 });
  expect(await db.query("SELECT code, reason, message->>'email' AS email FROM rejected")).toEqual([
    { code: "failed", reason: "It could not be carried out; the log has the cause.", email: "visitor-1@shop.example" },
  ]);
});

test("what is refused ends in rejected at once, with the reason", async () => {
  const { db } = await waiting([{ visitorId: "visitor-1" }]);
  const inbox = createInbox({
    db,
    clock: () => now,
    log: quiet,
    carryOut: () => Promise.resolve({ kind: "refused", code: "invalid_phone", reason: "That is no number." }),
  });
  inbox.kick();
  await inbox.idle();
  expect(await states(db)).toMatchObject([{ done: true, payload: null, attempts: 1, error: "invalid_phone" }]);
  expect(await db.query("SELECT code, reason FROM rejected")).toEqual([
    { code: "invalid_phone", reason: "That is no number." },
  ]);
});

test("a failure of the database is nobody's fault and counts for nothing", async () => {
  const { db } = await waiting([{ visitorId: "visitor-1" }]);
  let failures = 0;
  const effects: WaitingMessage[] = [];
  const carryOut = carryingOut(db, effects, () => {
    if ((failures += 1) <= 4) throw Object.assign(new Error("shutting down"), { code: "57P01" });
  });
  const inbox = createInbox({ db, clock: () => now, log: quiet, carryOut });
  inbox.start();
  await expect.poll(() => effects.length, { timeout: 30_000 }).toBe(1);
  await inbox.close();
  expect(await states(db)).toMatchObject([{ done: true, attempts: 1 }]);
});

test("several processes on one inbox carry out each message once, in order", async () => {
  const letters = Array.from({ length: 200 }, (_, i) => ({ visitorId: `visitor-${i % 10}`, at: now + i }));
  const { db } = await waiting(letters);
  const effects: MessageId[] = [];
  // Each crossing off gets a later time than the one before it, in whichever process.
  let tick = now;
  const carryOut = async (message: WaitingMessage): Promise<CarriedOut> => {
    const done = await db.transaction((tx) => crossOff(tx, message, (tick += 1)));
    if (done) effects.push(message.messageId);
    return { kind: done ? "done" : "notNow" };
  };
  const inboxes = Array.from({ length: 4 }, () => createInbox({ db, clock: () => now, log: quiet, carryOut }));
  for (const inbox of inboxes) inbox.start();
  await expect.poll(() => effects.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(200);
  await Promise.all(inboxes.map((inbox) => inbox.close()));
  expect(new Set(effects).size).toBe(200);
  expect(effects).toHaveLength(200);
  const [order] = await db.query(
    `SELECT count(*) AS wrong FROM identity_message a JOIN identity_message b USING (visitor_id)
     WHERE a.occurred_at < b.occurred_at AND a.carried_out_at >= b.carried_out_at`,
  );
  expect(order).toEqual({ wrong: 0 });
});

test("what a process had taken when it died is taken by another after a while", async () => {
  const { db } = await waiting([{ visitorId: "visitor-1" }, { visitorId: "visitor-1", at: now + 1 }]);
  expect(await takeWaiting(db, { limit: 1, seconds: 2 })).toHaveLength(1);
  const effects: WaitingMessage[] = [];
  const inbox = createInbox({ db, clock: () => now, log: quiet, carryOut: carryingOut(db, effects) });
  inbox.start();
  await inbox.idle();
  // The later message of the same visitor waits for the one that the dead process holds.
  expect(effects).toEqual([]);
  await expect.poll(() => effects.length, { timeout: 30_000 }).toBe(2);
  await inbox.close();
  expect(effects.map(({ occurredAt }) => occurredAt)).toEqual([now, now + 1]);
});

test("a message that takes its process down each time is given up after ten", async () => {
  const { db } = await waiting([{ visitorId: "visitor-1" }]);
  for (let death = 0; death < 10; death += 1) await takeWaiting(db, { limit: 1, seconds: 0 });
  let tried = false;
  const inbox = createInbox({
    db,
    clock: () => now,
    log: quiet,
    carryOut: () => {
      tried = true;
      return Promise.resolve({ kind: "done" });
    },
  });
  inbox.kick();
  await inbox.idle();
  expect(tried).toBe(false);
  expect(await db.query("SELECT code FROM rejected")).toEqual([{ code: "failed" }]);
});

test("a message is crossed off only after the earlier ones of its visitor, and only once", async () => {
  const { db, ids } = await waiting([{ visitorId: "visitor-1" }, { visitorId: "visitor-1", at: now + 1 }]);
  const [first, second] = ids.map((messageId) => ({ messageId, siteId: 1 as never }));
  if (first === undefined || second === undefined) throw new Error("no messages");
  expect(await crossOff(db, second, now)).toBe(false);
  expect(await crossOff(db, first, now)).toBe(true);
  expect(await crossOff(db, first, now)).toBe(false);
  expect(await crossOff(db, second, now)).toBe(true);
});

import { beforeAll, expect, test } from "vitest";
import { chores } from "../../src/server/chores.ts";
import { settleBackstories } from "../../src/server/contacts/index.ts";
import { openDatabase, timestamp } from "../../src/server/db/database.ts";
import { mergeContacts, undoMerge } from "../../src/server/identity/index.ts";
import { privacyWorld, type PrivacyWorld } from "../support/privacy-world.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const email = (value: string) => ({ channels: [{ type: "email", value }] });
const cause = { actor: "test", requestId: "request-1" };

let world: PrivacyWorld;
beforeAll(async () => {
  world = await privacyWorld();
});

const count = async (table: string) => (await world.db.query(`SELECT 1 AS one FROM ${table}`)).length;

test("every chore can be carried out on an installation where nothing happened", async () => {
  for (const { name } of chores(world.services)) await world.chore(name);
});

test("backstories are settled by the clock however long it takes, so that whoever reads them finds little left to do", async () => {
  const hasty = openDatabase({ ...world.db.pool.options, statement_timeout: 100 });
  const chore = chores({ ...world.services, db: hasty }).find(({ name }) => name === "backstories");
  let settled: Promise<unknown> = Promise.resolve();
  try {
    await world.db.transaction(async (tx) => {
      await tx.query("SELECT FROM backstory_seen FOR UPDATE");
      settled = Promise.resolve(chore?.carryOut()).catch((error: unknown) => error);
      await expect(settleBackstories(hasty)).rejects.toThrow("statement timeout");
    });
    expect(await settled).toBeUndefined();
  } finally {
    await settled;
    await hasty.close();
  }
});

test("what was rejected is kept thirty days", async () => {
  await world.say("visitor-1", { type: "purchase" });
  world.pass(30 * DAY - HOUR);
  await world.chore("rejected");
  expect(await count("rejected")).toBe(1);
  world.pass(2 * HOUR);
  await world.chore("rejected");
  expect(await count("rejected")).toBe(0);
});

test("a question that nobody answered, and what was claimed with it, are kept a week", async () => {
  await world.upsert(email("ann@shop.example"));
  await world.say("stranger-1", { type: "subscribe", email: "ann@shop.example" });
  const left = async () => [await count("optin_request"), await count("pending_claim")];
  const sweep = async () => {
    await world.chore("expired-sign-ups");
    await world.chore("expired-claims");
  };
  world.pass(7 * DAY - HOUR);
  await sweep();
  expect(await left()).toEqual([1, 1]);
  world.pass(2 * HOUR);
  await sweep();
  expect(await left()).toEqual([0, 0]);
});

test("what people were like before a merge is kept ninety days", async () => {
  const a = await world.upsert({ externalCustomerId: "E1" });
  const b = await world.upsert(email("ben@shop.example"));
  await mergeContacts(world.services, { contactIds: [a, b], at: world.now(), cause });
  const [log] = await world.db.query<{ mergeId: number }>("SELECT merge_id FROM merge_log");
  world.pass(90 * DAY + HOUR);
  await world.chore("merge-snapshots");
  const undone = await undoMerge(world.services, { mergeId: log?.mergeId ?? 0, at: world.now(), cause });
  expect(undone).toEqual({ kind: "impossible", why: "forgotten" });
  expect(JSON.stringify(await world.db.query("SELECT * FROM merge_log"))).not.toContain("ben@");
});

test("sessions that ended by themselves are removed", async () => {
  await world.db.query(
    "INSERT INTO admin_user (login, role, password_hash, created_at) VALUES ('ann', 'viewer', 'none', now())",
  );
  await world.db.query(
    `INSERT INTO admin_session (session_hash, admin_user_id, created_at, last_seen_at)
     SELECT hash, admin_user_id, seen, seen FROM admin_user,
       (VALUES ('\\x01'::bytea, $1::timestamptz), ('\\x02', $2)) AS session (hash, seen)`,
    [timestamp(world.now() - 31 * 60_000), timestamp(world.now())],
  );
  await world.chore("admin-sessions");
  expect(await world.db.query("SELECT encode(session_hash, 'hex') AS hash FROM admin_session")).toEqual([
    { hash: "02" },
  ]);
});

test("an erasure that was cut off is ended", async () => {
  await world.say("visitor-2", { type: "page", url: "https://shop.example/" });
  const id = await world.upsert({ externalCustomerId: "E2", visitorId: "visitor-2" });
  // The process ended right after the transaction.
  const broken = { ...world.db, query: () => Promise.reject(new Error("The database is gone.")) };
  const { erasePerson } = await import("../../src/server/privacy/index.ts");
  const erase = erasePerson({ db: broken, secretKey: world.services.secretKey });
  await expect(erase({ contactId: id, at: world.now(), cause })).rejects.toThrow("gone");
  const left = () => world.db.query("SELECT 1 AS one FROM event WHERE source_id = 'visitor-2'");
  expect(await left()).toHaveLength(1);
  await world.chore("erasures");
  expect(await left()).toEqual([]);
  expect(await count("erasure_work")).toBe(0);
});
